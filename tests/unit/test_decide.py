"""Which site becomes more precise, on errors that are given."""

import pytest
import torch

from sao.quantize.precision import FP32_WHERE_STRICT, Cost, Measure, decide, in_fp32


class Known(Measure):
    """Errors that are given by site and precision, and add up; none in fp32."""

    def __init__(self, errors):
        self._errors = errors
        self.asked = 0
        self.tried = set()

    def errors(self, precisions):
        self.asked += 1
        total = sum(self._errors[site].get(p, 0) for site, p in precisions.items())
        return torch.tensor([total]) / 1e4

    def alone(self, precisions):
        self.asked += 1
        self.tried = {p for each in precisions.values() for p in each}
        return {
            site: {p: torch.tensor([each[p]]) / 1e4 for p in precisions[site]}
            for site, each in self._errors.items()
        }


TWO = ("int8", "fp32")
THREE = ("int8", "w8a16", "fp32")


def test_nothing_is_tried_alone_where_int8_throughout_will_do():
    known = Known({"one": {"int8": 9.0}})
    assert decide(known, {"one": Cost(1, 0)}, {"one": TWO}, 30).precisions == {"one": "int8"}
    assert known.asked == 1


def test_the_site_whose_error_falls_most_for_its_cost_goes_first():
    known = Known({"large": {"int8": 9.0}, "small": {"int8": 1.0}, "costly": {"int8": 9.0}})
    costs = {"large": Cost(1, 0), "small": Cost(1, 0), "costly": Cost(100, 0)}
    decision = decide(known, costs, dict.fromkeys(costs, TWO), 29.9)
    assert in_fp32(decision) == ["large"]
    assert decision.reached_db == pytest.approx(30, abs=0.1)


def test_where_nothing_is_near_enough_all_is_in_fp32():
    known = Known({"one": {"int8": 9.0}})
    decision = decide(known, {"one": Cost(1, 0)}, {"one": TWO}, 1000)
    assert decision.precisions == {"one": "fp32"}


def test_of_two_that_take_the_same_time_the_one_with_fewer_weights_is_left_in_fp32():
    known = Known({"many": {"int8": 9.0}, "few": {"int8": 9.0}})
    costs = {"many": Cost(1e6, 1e4), "few": Cost(1e6, 1e2)}
    assert in_fp32(decide(known, costs, dict.fromkeys(costs, TWO), 30)) == ["few"]


def test_what_halves_do_not_help_goes_to_fp32_at_once():
    errors = {"weights": {"int8": 9.0, "w8a16": 8.9}, "activations": {"int8": 9.0, "w8a16": 0.1}}
    decision = decide(
        Known(errors), dict.fromkeys(errors, Cost(1, 0)), dict.fromkeys(errors, THREE), 35
    )
    assert decision.precisions == {"weights": "fp32", "activations": "w8a16"}


@pytest.mark.parametrize(("target_db", "tried"), [(29, {"int4"}), (31, {"int4", "int8"})])
def test_where_int8_throughout_is_near_enough_nothing_finer_than_int4_is_tried(target_db, tried):
    # 30 dB in int8, which is shared out as what int4 makes.
    errors = {"more": {"int4": 80.0, "int8": 8.0}, "less": {"int4": 2.0, "int8": 2.0}}
    known, cost = Known(errors), dict.fromkeys(errors, Cost(1, 1))
    ladder = ("int4", "int8", "fp32")
    decision = decide(known, cost, dict.fromkeys(errors, ladder), target_db)
    assert known.tried == tried
    assert decision.reached_db >= target_db
    assert decision.precisions["more"] != "int4"
    assert ("fp32" in decision.precisions.values()) == (target_db == 31)


class WithAMask(Known):
    """The same, with an output besides that no site reaches."""

    def alone(self, precisions):
        return {
            site: {p: torch.cat([error, torch.zeros(1)]) for p, error in each.items()}
            for site, each in super().alone(precisions).items()
        }


def test_an_output_that_no_site_reaches_plays_no_part():
    known = WithAMask({"one": {"int8": 9.0}, "other": {"int8": 1.0}})
    costs = dict.fromkeys(["one", "other"], Cost(1, 0))
    assert in_fp32(decide(known, costs, dict.fromkeys(costs, TWO), 35)) == ["one"]


def test_int8_comes_before_fp32_where_int4_is_too_far():
    errors = {"one": {"int4": 90.0, "int8": 1.0}, "other": {"int4": 2.0, "int8": 0.02}}
    ladder = ("int4", "int8", "fp32")
    decision = decide(
        Known(errors), dict.fromkeys(errors, Cost(1, 1)), dict.fromkeys(errors, ladder), 35
    )
    assert decision.precisions == {"one": "int8", "other": "int4"}
    assert decision.coarsest == "int4"


@pytest.mark.parametrize(("fp32", "chosen"), [(4.0, "fp32"), (FP32_WHERE_STRICT, "w8a16")])
def test_halves_that_take_longer_than_fp32_give_way_to_it_but_where_strict(fp32, chosen):
    # Of a layer with few channels for its length, as the last stages of a decoder have.
    errors = {
        "long": {"int8": 9.0, "w8a16": 0.5},
        "short": {"int8": 9.0, "w8a16": 0.5},
        "seven taps": {"int8": 0.5},
    }
    costs = {
        "long": Cost(1e6, 100, 1e4, fp32),
        "short": Cost(1e6, 100, 1e2, fp32),
        "seven taps": Cost(1e7, 1, 0, fp32),
    }
    ladders = dict.fromkeys(errors, THREE) | {"seven taps": TWO}
    decision = decide(Known(errors), costs, ladders, 38)
    assert decision.precisions == {"long": chosen, "short": "w8a16", "seven taps": "int8"}
