"""Cycles traced against Lazarou 2020 and its code: who is updated on what, how often, and what moves the step axis."""

import pytest

from methods.base import Update, balanced_cycle
from tests.methods.harness import method

Trace = list[tuple[str, str, int]]


def trace(updates: list[Update]) -> Trace:
    """(player and its terms, stream, steps) of each update."""
    return [
        (" ".join(f"{p}:{'+'.join(terms)}" for p, terms in u.terms.items()), u.stream, u.steps)
        for u in updates
    ]


def critic(name: str, *terms: str) -> Trace:
    return [(f"{name}:{term}", term, 0) for term in terms]


def generator(player: str, terms: str, times: int) -> Trace:
    return [(f"{player}:{terms}", "G", 1)] * times


ALTERNATING = {
    "gan": [*critic("Dx", "real_x", "fake_x_gen"), *generator("G", "adv_x_gen", 2)],
    "ae": generator("GE", "rec_x", 1),
    "aae": [*critic("Dz", "real_z", "fake_z_enc"), *generator("GE", "rec_x+adv_z_enc", 2)],
    "egan": [
        *critic("Dx", "real_x", "fake_x_gen", "real_x", "fake_x_rec"),
        *generator("GE", "rec_x+adv_x_rec", 4),
    ],
    "aegan": [
        *critic("Dx", "real_x", "fake_x_gen", "real_x", "fake_x_rec"),
        *critic("Dz", "real_z", "fake_z_enc", "real_z", "fake_z_rec"),
        *generator("GE", "rec_x+rec_z+adv_x_gen+adv_x_rec+adv_z_enc+adv_z_rec", 4),
    ],
}


def joined(name: str, real: str, *fakes: str) -> Trace:
    return [(f"{name}:{real}+{fake}", fake, 0) for fake in fakes]


JOINT = {
    "gan": [*joined("Dx", "real_x", "fake_x_gen"), *generator("G", "adv_x_gen", 1)],
    "aae": [*joined("Dz", "real_z", "fake_z_enc"), *generator("GE", "rec_x+adv_z_enc", 1)],
    "egan": [*joined("Dx", "real_x", "fake_x_gen", "fake_x_rec"), *generator("GE", "rec_x+adv_x_rec", 2)],
    "aegan": [
        *joined("Dx", "real_x", "fake_x_gen", "fake_x_rec"),
        *joined("Dz", "real_z", "fake_z_enc", "fake_z_rec"),
        *generator("GE", "rec_x+rec_z+adv_x_gen+adv_x_rec+adv_z_enc+adv_z_rec", 2),
    ],
}


@pytest.mark.parametrize("name", ALTERNATING)
def test_the_authors_cycles(name: str) -> None:
    assert trace(method(name).cycle()) == ALTERNATING[name]


@pytest.mark.parametrize("name", JOINT)
def test_joint_cycles(name: str) -> None:
    """One step on real and fake together per fake, drawn on the fake's stream."""
    assert trace(method(name, critic_updates="joint").cycle()) == JOINT[name]


@pytest.mark.parametrize(
    ("name", "off", "same"),
    [
        ("aegan", ("rec_x", "rec_z", "adv_x_rec", "adv_z_enc", "adv_z_rec"), "gan"),
        ("aegan", ("rec_z", "adv_x_gen", "adv_x_rec", "adv_z_rec"), "aae"),
    ],
)
@pytest.mark.parametrize("how", ["alternating", "joint"])
def test_an_aegan_with_terms_off_has_the_smaller_method_s_cycle(
    name: str, off: tuple[str, ...], same: str, how: str
) -> None:
    ablated = trace(method(name, dict.fromkeys(off, 0.0), critic_updates=how).cycle())
    expected = trace(method(same, critic_updates=how).cycle())
    assert [(what.removeprefix("GE:").removeprefix("G:"), *rest) for what, *rest in ablated] == [
        (what.removeprefix("GE:").removeprefix("G:"), *rest) for what, *rest in expected
    ]


def test_an_ablation_never_changes_who_is_updated_how_often() -> None:
    """The critic with fewer fakes repeats its list to the longest; the producers' updates follow the
    longest.
    """
    updates = trace(method("aegan", {"adv_z_rec": 0.0}).cycle())
    assert updates[4:8] == critic("Dz", "real_z", "fake_z_enc", "real_z", "fake_z_enc")
    assert [steps for *_, steps in updates] == [0] * 8 + [1] * 4


def test_without_a_critic_the_producers_go_on() -> None:
    assert trace(balanced_cycle([[], []], Update({"GE": ("rec_x",)}, stream="G", steps=1))) == generator(
        "GE", "rec_x", 1
    )


def test_egan_s_critic_sees_what_it_is_told() -> None:
    updates = trace(method("egan", critic_sees=("x_rec",)).cycle())
    assert updates[:2] == critic("Dx", "real_x", "fake_x_rec") and len(updates) == 4


OTHERS: dict[str, Trace] = {
    "vae": generator("GE", "nll_x+kl", 1),
    "bigan": [*joined("Dxz", "real_xz", "fake_xz"), *generator("GE", "adv_xz_enc+adv_xz_gen", 1)],
    "ali": [*joined("Dxz", "real_xz", "fake_xz"), *generator("GE", "adv_xz_enc+adv_xz_gen", 1)],
    "cgan": [*joined("Dx", "real_x", "fake_x_gen"), *generator("G", "adv_x_gen", 1)],
    "icgan": [("E:rec_z Ey:rec_y", "E", 1)],
    "inverse": [("E:rec_x_gen", "E", 1)],
    "direct": [("E:rec_z", "E", 1)],
    "creswell": [],
    "gaia": [("D:real+rec+int GE:rec+int+dist", "G", 1)],
    "gaia-nodist": [("D:real+rec+int GE:rec+int", "G", 1)],
    "wgan-gp": [*[("Dx:real_x+fake_x_gen+slope", "fake_x_gen", 0)] * 5, *generator("G", "adv_x_gen", 1)],
    "pacgan2": ALTERNATING["gan"],
    "vae-gan": [("E:kl+like G:like+gan Dx:gan", "G", 1)],
    "began": [("D:real+fake G:fake", "G", 1)],
    "acai": [("Dx:share+near_real GE:mse_x+adv_x_mix", "G", 1)],
    "veegan": [*joined("Dxz", "pair_enc", "pair_gen"), *generator("GE", "ratio+dist_z", 1)],
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_cycles(name: str) -> None:
    assert trace(method(name).cycle()) == OTHERS[name]


@pytest.mark.parametrize(("how", "pairs"), [("alternating", 0.5), ("joint", 1.0), ("simultaneous", 1.0)])
def test_pairs_that_a_critic_sees(how: str, pairs: float) -> None:
    """Batches of real and generated samples for each step of the producers, as the schedule's documentation has them."""
    updates = method("gan", critic_updates=how).cycle()
    seen = [sum(term in u.terms.get("Dx", ()) for u in updates) for term in ("real_x", "fake_x_gen")]
    assert seen == [pairs * sum(u.steps for u in updates)] * 2
