"""What would be decided of a program if int8 throughout were near enough."""

from sao.quantize.decided import Decided, Site
from sao.quantize.quantizers import measurable, names_of
from sao.quantize.static_int8 import record_ranges


def everything(name, program, calls):
    """Return what is decided where all sites are int8."""
    names = names_of(measurable(name, program.module(check_guards=False)))
    ranges = {}
    if name == "int8_static":
        ranges = record_ranges(program.module(check_guards=False), calls)
    return Decided([Site(site, "int8") for site in names], ranges)
