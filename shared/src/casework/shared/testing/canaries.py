"""Where in a database a text stands, however it is written there."""

from __future__ import annotations

import base64

from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.runtime.database import begin


def spellings(text: str) -> tuple[bytes, ...]:
    """The bytes of `text` in UTF-8, in hexadecimal, and in base64 at each of its three alignments."""
    plain = text.encode()
    # The first and last characters depend on what stands beside the text.
    packed = (base64.b64encode(b"\x00" * lead + plain)[4 if lead else 0 : -4] for lead in range(3))
    return (plain, plain.hex().encode(), *packed)


async def columns_holding(admin: AsyncEngine, text: str) -> set[str]:
    """`schema.table.column` of every column of every table in which some row holds `text`."""
    wanted = spellings(text)
    found: set[str] = set()
    async with begin(admin) as work:
        tables = await work.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in (tuple(row) for row in tables):
            for row in await work.fetch(f'SELECT * FROM "{schema}"."{table}"'):
                for column, value in row.items():
                    written = value if isinstance(value, bytes) else str(value).encode()
                    if any(each in written for each in wanted):
                        found.add(f"{schema}.{table}.{column}")
    return found
