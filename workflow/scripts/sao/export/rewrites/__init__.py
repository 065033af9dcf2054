"""Graph rewrites: the same numbers by operators that XNNPACK takes whole, and fewer of them.

One function per idea, a module per submodule. Each takes an eager fp32 submodule (see sao.model),
changes it in place, and needs none of the others; tests hold each, and all together, to the gate
of the export. An export script hands those of its submodule to the export, so that a change to
one submodule's rewrites exports that submodule anew and no other.
"""
