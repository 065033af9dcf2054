"""What would be decided of a program if int8 throughout were near enough."""

from sao.quantize.quantizers import measurable
from sao.quantize.static_int8 import record_ranges


def everything(name, program, calls):
    """Return what is decided where all may be int8."""
    sites = measurable(name, program.module(check_guards=False))
    ranges = {}
    if name == "int8_static":
        ranges = record_ranges(program.module(check_guards=False), calls)
    return {"int8": list(dict.fromkeys(sites.values())), "ranges": ranges}
