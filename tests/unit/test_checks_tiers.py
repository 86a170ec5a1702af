"""Tags that differ from the computed tier are counted pair by pair; flips by cause."""

from __future__ import annotations

from icp_monitor.checks.tiers import NO_TIER, OTHER_WORD, Flips, flip_result, tag_results


def test_the_share_of_right_tags_leaves_out_accounts_without_one() -> None:
    counts = {("tier_1", "tier_1"): 60, ("tier_2", "tier_3"): 30, (OTHER_WORD, "tier_2"): 10, (NO_TIER, "tier_1"): 50}
    share, *pairs = tag_results(counts)
    assert (share.n, share.total, share.status) == (40, 100, "note")
    assert "60 of 100 tagged accounts (60%); 50 accounts have no tier there" in share.message
    assert [(pair.value, pair.n) for pair in pairs] == [("tier_2 → tier_3", 30), (f"{OTHER_WORD} → tier_2", 10)]
    assert pairs[1].suggestion == "rename it under values of crm_tier in sources.yaml"


def test_a_crm_without_tiers_is_no_finding() -> None:
    assert list(tag_results({(NO_TIER, "tier_1"): 50})) == []
    assert list(tag_results({})) == []


def test_tags_that_are_all_right_are_told_so() -> None:
    (share,) = tag_results({("tier_1", "tier_1"): 3})
    assert (share.status, share.n, share.suggestion) == ("ok", 0, None)


def test_many_flips_deserve_a_look_and_few_do_not() -> None:
    many = flip_result(Flips(accounts=60, repeatedly=7, by_cause={"data": 50, "icp_version": 12}, scored=1_000))
    assert many.status == "note"
    assert "60 of 1,000 accounts (6.0%) changed tier in 28 days: 50 by data, 12 by icp_version; 7 more" in many.message
    few = flip_result(Flips(accounts=50, repeatedly=0, by_cause={"data": 50}, scored=1_000))
    assert (few.status, few.suggestion) == ("ok", None)
    assert flip_result(Flips(0, 0, {}, 0)).message == "0 of 0 accounts (0.0%) changed tier in 28 days"
