/* asset.h: the addresses of the assets. The bytes are in the edge only (asset_find in
 * assets.gen.h). */
#ifndef HTTP_ASSET_H
#define HTTP_ASSET_H

#include "assets.gen.h"
#include "http/html.h"

/* "/a/kontor-3fd2….css": content-hashed, so it may be kept for ever. */
static inline struct url
asset_url(enum asset_id a)
{
    return (struct url){asset_path(a)};
}

#endif
