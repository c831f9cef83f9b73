/* arrow.c: base knows nobody above it. */
#include "base/str.h"
#include "store/store.h"
