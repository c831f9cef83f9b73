/* stranger.c: names a library and stands in no row. */
#include <openssl/evp.h>
