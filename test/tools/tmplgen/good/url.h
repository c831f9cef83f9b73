/* Made by tools/tmplgen from url.html. */
#include "http/asset.h"
#include "http/form_html.h"

static void url_html(struct out *o, const struct page *pg, const struct sample *d);
#include "http/parts.tmpl.h"

static void
url_html(struct out *o, const struct page *pg, const struct sample *d)
{
    (void)pg;
    (void)d;
    out_str(o, STR("<a href=\""));
#line 3 "url.html"
    put_url(o, pg, d->url);
    out_str(o, STR("\">a</a>\n"
    "<a href=\"/projekte/"));
#line 4 "url.html"
    put_url_part(o, pg, d->id);
    out_str(o, STR("/zeiten?tag="));
#line 4 "url.html"
    put_url_part(o, pg, d->day);
    out_str(o, STR("&amp;q="));
#line 4 "url.html"
    put_url_part(o, pg, d->title);
    out_str(o, STR("#"));
#line 4 "url.html"
    put_url_part(o, pg, d->id);
    out_str(o, STR("\">b</a>\n"
    "<a href=\"?seite="));
#line 5 "url.html"
    put_url_part(o, pg, d->page);
    out_str(o, STR("\">c</a>\n"
    "<a href=\"mailto:"));
#line 6 "url.html"
    put_url_part(o, pg, d->title);
    out_str(o, STR("\">d</a>\n"
    "<a href=\"https://www.example/\">e</a>\n"
    "<link rel=\"stylesheet\" href=\""));
#line 8 "url.html"
    put_url(o, pg, asset_url(ASSET_kontor_css));
    out_str(o, STR("\">\n"
    "<script src=\""));
#line 9 "url.html"
    put_url(o, pg, asset_url(ASSET_kontor_js));
    out_str(o, STR("\" defer></script>\n"
    "<form action=\"/suche\"><input name=\"q\"></form>"));
}
