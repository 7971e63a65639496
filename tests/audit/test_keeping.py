"""`casework audit checkpoints`: whoever keeps one now and then is told when the record is not what it was."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio
import uvicorn
from starlette.types import ASGIApp

from casework.shared.audit.checkpoint import Place
from casework.shared.audit.keeping import Contradicts, require_grown
from casework.shared.audit.merkle import consistency_path
from casework.shared.audit.notes import new_private_pem, public_pem
from casework.shared.contracts.ids import ServiceName
from casework.shared.notary.serve import make_notary, signers_of
from casework.shared.notary.trees import TreeFile
from casework.shared.runtime.claims import free_port
from casework.shared.testing.parts import PostgresServer

from .forging import Raw, generated, new_signer, rewritten, sizes_at, sizes_of, trees_on_disk
from .notaries import Signing, signing_on


class _Server(uvicorn.Server):
    """One that leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest_asyncio.fixture
async def signing(postgres_server: PostgresServer, tmp_path: Path) -> AsyncIterator[Signing]:
    async with postgres_server.database("keeping") as url, signing_on(url, tmp_path) as signing:
        yield signing


@asynccontextmanager
async def serving(notary_app: ASGIApp) -> AsyncIterator[str]:
    port = free_port()
    server = _Server(uvicorn.Config(notary_app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


class Keeper:
    """Somebody outside, with the public key, a folder and a way to the HTTP API."""

    def __init__(self, signing: Signing, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder / "kept"
        self._key = signing.settings.service_key_file.read_text().strip()
        self.public_key = folder / "notary.pem"
        self.public_key.write_text("".join(map(public_pem, signers_of(signing.settings.checkpoint_key_file))))

    async def keep(self, url: str, *more: str) -> tuple[int, dict[str, Any], str]:
        command = ["audit", "checkpoints", str(self.folder), "--public-key", str(self.public_key)]
        return await self.run(*command, *self.there(url), *more)

    def there(self, url: str) -> list[str]:
        """Where to ask, and with what."""
        return ["--url", url, "--key", self._key, "--data-dir", str(self.folder.parent / "none")]

    async def run(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        given = [*arguments, "--json"]
        ran = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "casework.shared.cli", *given),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, said = await ran.communicate()
        return ran.returncode or 0, orjson.loads(out) if out else {}, said.decode()

    @property
    def names(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir())


async def test_the_newest_is_kept_once_it_was_seen_to_fit(signing: Signing, tmp_path: Path) -> None:
    notary, notary_app, _ = make_notary(signing.settings, signing.client)
    keeper = Keeper(signing, tmp_path)
    async with serving(notary_app) as url:
        code, _, said = await keeper.keep(url)
        assert (code, "no checkpoint" in said) == (2, True), said
        await signing.office.known(2)
        await signing.sign(notary)
        code, report, said = await keeper.keep(url)
        assert (code, report["new"], report["newest"]) == (0, 1, 1), said
        assert (await keeper.keep(url))[1]["new"] == 0
        for _ in range(3):
            await signing.office.known(1)
            await signing.sign(notary)
        code, report, said = await keeper.keep(url)
        assert (code, report["new"], report["kept"], keeper.names) == (0, 1, 2, ["000000001.note", "000000004.note"])
        await signing.office.known(1)
        await signing.sign(notary)
        await signing.office.known(1)
        await signing.sign(notary)
        assert (await keeper.keep(url, "--every"))[1]["new"] == 2
        assert keeper.names[-2:] == ["000000005.note", "000000006.note"]


async def test_a_record_that_is_not_what_it_was_is_told_and_nothing_is_written(
    signing: Signing, tmp_path: Path
) -> None:
    """The operator has the notary's key, and begins again: with a short history, with another one, with a longer."""
    await signing.office.known(1)
    notary, notary_app, _ = make_notary(signing.settings, signing.client)
    await signing.sign(notary)
    keeper = Keeper(signing, tmp_path)
    async with serving(notary_app) as url:
        assert (await keeper.keep(url))[0] == 0
        await signing.office.known(1)
        await signing.sign(notary)
        assert (await keeper.keep(url))[0] == 0
    kept = keeper.names
    # As above, but of another history: the chain begins again.
    folder = signing.folder
    folder.rename(folder.with_name("before"))
    again, again_app, _ = make_notary(signing.settings, signing.client)
    async with serving(again_app) as url:
        await signing.sign(again)
        code, _, said = await keeper.keep(url)
        assert (code, "not the one that is kept" in said) == (1, True), said
        for _ in range(2):
            await signing.office.known(1)
            await signing.sign(again)
        code, _, said = await keeper.keep(url)
        assert (code, "contradicts what is kept" in said) == (1, True), said
        # Somebody who was given another public key than the one it signs with.
        other = Keeper(signing, tmp_path / "other")
        stranger = tmp_path / "stranger"
        stranger.write_bytes(new_private_pem())
        stranger.chmod(0o600)
        other.public_key.write_text(public_pem(signers_of(stranger)[0]))
        code, _, said = await other.keep(url)
        assert (code, "counts for nothing" in said, other.names) == (1, True, []), said
    assert keeper.names == kept
    code, _, said = await keeper.keep("http://127.0.0.1:1")
    assert (code, "does not answer" in said) == (2, True), said


async def test_a_bundle_is_made_and_verified_by_command_and_recorded(signing: Signing, tmp_path: Path) -> None:
    await signing.office.known(3)
    notary, notary_app, _ = make_notary(signing.settings, signing.client)
    signed = await signing.sign(notary)
    keeper = Keeper(signing, tmp_path)
    async with serving(notary_app) as url:
        assert (await keeper.keep(url))[0] == 0
        here = [*keeper.there(url), "--database", signing.office.url]
        whole, period = str(tmp_path / "year.zip"), ("--from", "2026-01-01T00:00:00Z", "--to", "2126-01-01T00:00:00Z")
        code, report, said = await keeper.run("audit", "bundle", whole, "--purpose", "Yearly audit.", *here)
        assert (code, report["events"], report["checkpoint"]) == (0, signed.events, 1), said
        code, report, said = await keeper.run("audit", "bundle", str(tmp_path / "cases.zip"), *period, *here)
        assert (code, report["events"], report["cases"]) == (0, signed.events, 3), said
        code, _, said = await keeper.run("audit", "bundle", str(tmp_path / "none.zip"), "--to", period[1], *here)
        assert (code, "No case was received" in said, (tmp_path / "none.zip").exists()) == (2, True, False), said
        assert (await keeper.run("audit", "bundle", whole, *here))[0] == 2
    held = ["--public-key", str(keeper.public_key), "--checkpoints", str(keeper.folder)]
    for name in ("year.zip", "cases.zip"):
        code, report, said = await keeper.run("audit", "verify", str(tmp_path / name), *held)
        assert (code, report["faults"], report["events"]) == (0, 0, signed.events), said
    connection = await asyncpg.connect(signing.office.url)
    rows = await connection.fetch("SELECT record FROM platform.access_record ORDER BY position")
    await connection.close()
    records = [orjson.loads(row[0]) for row in rows]
    assert [(each["purpose"], each["details"]["file"]) for each in records[:2]] == [
        ("Yearly audit.", "year.zip"),
        ("audit", "cases.zip"),
    ]
    assert {each["details"]["format"] for each in records} == {"bundle"}


def test_growth_is_proved_by_arithmetic_and_nothing_else(tmp_path: Path) -> None:
    """Sizes that grew, a link that fits and a signature are not enough: the trees themselves must have grown."""
    logs, signer = generated(8), new_signer()
    sizes = [sizes_at(logs, 0.6), sizes_of(logs)]
    old, new = signer.chain(logs, sizes)
    trees = trees_on_disk(logs, tmp_path)

    def grown(place: Place, tree: TreeFile) -> list[bytes]:
        return consistency_path(tree.node, old.trees[place].size, new.trees[place].size)

    proofs = [
        {"source": place[0], "shard": place[1], "path": [step.hex() for step in grown(place, tree)]}
        for place, tree in trees.items()
    ]
    require_grown(old, new, proofs)
    place = next(each for each, tree in old.trees.items() if 1 < tree.size < new.trees[each].size)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        raws[place[0]][0]["actor"] += "x"

    before = signer.chain(rewritten(logs, [place[1]], change), sizes[:1])[0]
    for was, said in ((before, proofs), (old, [each for each in proofs if (each["source"], each["shard"]) != place])):
        with pytest.raises(Contradicts, match=f"{place[0]}, shard {place[1]}, has not grown out of checkpoint 1"):
            require_grown(was, new, said)
