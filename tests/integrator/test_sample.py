"""The project's own complaints, and the generator that makes as many as wanted of them."""

from __future__ import annotations

import csv
import statistics
from collections import Counter
from datetime import UTC
from importlib.resources import files
from itertools import islice

from casework.shared.integrator.sample import LONGEST, SHORTEST, generate, sample


def test_sixty_complaints_half_english_half_chinese_ten_sectors() -> None:
    posts = sample()
    assert Counter(post.language for post in posts) == {"en": 30, "zh": 30}
    sectors = Counter((post.category, post.language) for post in posts)
    assert len({category for category, _ in sectors}) == 10
    assert set(sectors.values()) == {3}
    assert len({post.source_reference for post in posts}) == 60
    assert {post.source for post in posts} == {"sample"}
    for post in posts:
        assert post.words
        assert post.issue
        assert post.organisation
        written_in_chinese = any("\u4e00" <= char <= "\u9fff" for char in post.words)
        assert written_in_chinese == (post.language == "zh")


def test_the_file_is_a_cfpb_export_with_one_column_more() -> None:
    text = (files("casework.shared.integrator") / "data" / "sample.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert list(rows[0]) == [
        *("Date received", "Product", "Sub-product", "Issue", "Sub-issue", "Consumer complaint narrative"),
        *("Company public response", "Company", "State", "ZIP code", "Tags", "Consumer consent provided?"),
        *("Submitted via", "Date sent to company", "Company response to consumer", "Timely response?"),
        *("Consumer disputed?", "Complaint ID", "Language"),
    ]
    # The CFPB's own ids have eight digits at most: whoever loads both must not mix the two up.
    assert all(len(row["Complaint ID"]) == 9 and row["Complaint ID"].isdigit() for row in rows)


def test_the_same_seed_gives_the_same_posts_everywhere() -> None:
    # The vector holds on every machine and in every run; change it when the sample's text changes.
    assert str(list(generate(500, seed=7))[-1].post_id) == "0e93a58a-5e45-81b8-ae7c-97857cc2661c"
    assert list(generate(50, seed=7)) == list(islice(generate(500, seed=7), 50))
    assert list(generate(0, seed=7)) == []


def test_references_are_unique_also_across_seeds() -> None:
    references = [post.source_reference for seed in (1, 2, 11) for post in generate(300, seed)]
    references += [post.source_reference for post in sample()]
    assert len(set(references)) == len(references)


def test_generated_complaints_vary() -> None:
    posts = list(generate(3_000, seed=3))
    lengths = [len(post.words or "") for post in posts]
    assert min(lengths) >= SHORTEST
    assert max(lengths) <= LONGEST
    assert max(lengths) > LONGEST * 0.8
    # Log-normal: half of them short, and a long tail that draws the mean up.
    assert 250 < statistics.median(lengths) < 450
    assert statistics.mean(lengths) > 1.2 * statistics.median(lengths)
    assert len({post.words for post in posts}) > 2_900
    assert len({post.category for post in posts}) == 10
    assert len({post.channel for post in posts}) == 9
    assert 0.4 < sum(post.language == "zh" for post in posts) / len(posts) < 0.6
    assert len({post.received_at.date() for post in posts}) > 350
    assert {post.received_at.astimezone(UTC).year for post in posts} == {2025}
    assert {post.complainant is None for post in posts} == {post.wish is None for post in posts} == {True, False}
