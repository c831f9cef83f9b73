# Debian 12's wapiti writes "(?ms)" at the end of an expression, which its Python refuses: it belongs at the beginning.
import re

compile_as_it_is = re.compile


def compile(pattern, flags=0):
    if isinstance(pattern, str) and pattern.endswith("(?ms)"):
        pattern = "(?ms)" + pattern[:-5]
    return compile_as_it_is(pattern, flags)


re.compile = compile
