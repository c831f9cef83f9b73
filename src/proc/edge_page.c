/* edge_page.c: the small pages of the edge itself: what was refused, and why a worker did not
 * answer. Constant texts of the catalogue; nothing of the request is shown in them. */
#include "proc/edge.h"

#include "assets.gen.h"
#include "texts.gen.h"

static const struct {
    int status;
    const char *text; /* reason phrase */
    enum text title, lead;
} pages[] = {
    {400,            "Bad Request",                     T_edge_400_title,     T_edge_400_lead    },
    {404,            "Not Found",                       T_edge_404_title,     T_edge_404_lead    },
    {405,            "Method Not Allowed",              T_edge_405_title,     T_edge_405_lead    },
    {408,            "Request Timeout",                 T_edge_408_title,     T_edge_408_lead    },
    {413,            "Content Too Large",               T_edge_413_title,     T_edge_413_lead    },
    {414,            "URI Too Long",                    T_edge_400_title,     T_edge_400_lead    },
    {417,            "Expectation Failed",              T_edge_400_title,     T_edge_400_lead    },
    {431,            "Request Header Fields Too Large", T_edge_400_title,     T_edge_400_lead    },
    {500,            "Internal Server Error",           T_edge_500_title,     T_edge_500_lead    },
    {501,            "Not Implemented",                 T_edge_400_title,     T_edge_400_lead    },
    {502,            "Bad Gateway",                     T_edge_500_title,     T_edge_500_lead    },
    {503,            "Service Unavailable",             T_edge_503_title,     T_edge_503_lead    },
    {STATUS_DAMAGED, "Service Unavailable",             T_edge_damaged_title, T_edge_damaged_lead},
    {504,            "Gateway Timeout",                 T_edge_503_title,     T_edge_503_lead    },
    {505,            "HTTP Version Not Supported",      T_edge_400_title,     T_edge_400_lead    },
};

/* Statuses that only workers use. */
static const struct {
    int status;
    const char *text;
} others[] = {
    {200, "OK"                    },
    {201, "Created"               },
    {202, "Accepted"              },
    {204, "No Content"            },
    {206, "Partial Content"       },
    {301, "Moved Permanently"     },
    {302, "Found"                 },
    {303, "See Other"             },
    {304, "Not Modified"          },
    {307, "Temporary Redirect"    },
    {401, "Unauthorized"          },
    {403, "Forbidden"             },
    {409, "Conflict"              },
    {410, "Gone"                  },
    {412, "Precondition Failed"   },
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable" },
    {422, "Unprocessable Content" },
    {429, "Too Many Requests"     },
    {507, "Insufficient Storage"  },
};

const char *
status_text(int status)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (pages[i].status == status) {
            return pages[i].text;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i].status == status) {
            return others[i].text;
        }
    }
    return "Status";
}

/* German, unless English stands before it. */
static enum lang
lang_of(struct str accept_language)
{
    struct str part;

    while (str_cut(&accept_language, ',', &part)) {
        part = str_trim(part);
        if (str_starts(part, STR("de"))) {
            return LANG_DE;
        }
        if (str_starts(part, STR("en"))) {
            return LANG_EN;
        }
    }
    return LANG_DE;
}

struct str
page_of(int status, struct str accept_language, char *buf, size_t cap)
{
    enum lang lang = lang_of(accept_language);
    size_t i = 0;

    while (i + 1 < sizeof pages / sizeof pages[0] && pages[i].status != status) {
        i++;
    }
    struct str code = lang_code(lang);
    struct str title = text_get(pages[i].title, lang);
    struct str lead = text_get(pages[i].lead, lang);
    struct str home = text_get(T_edge_home, lang);
    struct str word = text_get(T_edge_code, lang);
    struct str css = asset_path(ASSET_kontor_css);
    struct str icon = asset_path(ASSET_favicon_svg);
    struct str font = asset_path(ASSET_plex_latin_woff2);
    int n = snprintf(
        buf, cap,
        "<!doctype html>\n<html lang=\"%.*s\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>%.*s – Kontor</title>\n<meta name=\"robots\" content=\"noindex\">\n"
        "<link rel=\"icon\" href=\"%.*s\" type=\"image/svg+xml\">\n"
        "<link rel=\"preload\" href=\"%.*s\" as=\"font\" type=\"font/woff2\" crossorigin>\n"
        "<link rel=\"stylesheet\" href=\"%.*s\">\n</head>\n<body class=\"error-page\">\n"
        "<main><svg width=\"40\" height=\"40\" viewBox=\"0 0 32 32\" aria-hidden=\"true\">"
        "<rect width=\"32\" height=\"32\" rx=\"7\" fill=\"#0b5573\"/>"
        "<path d=\"M9 7v18M23 7 14.5 16 23 25\" fill=\"none\" stroke=\"#fff\""
        " stroke-width=\"3.2\" stroke-linecap=\"square\"/></svg>"
        "<h1>%.*s</h1><p class=\"ink2 big\">%.*s</p><p><a href=\"/\">%.*s</a></p>"
        "<p class=\"code\">%.*s %d</p></main>\n</body>\n</html>\n",
        STR_FMT(code), STR_FMT(title), STR_FMT(icon), STR_FMT(font), STR_FMT(css), STR_FMT(title),
        STR_FMT(lead), STR_FMT(home), STR_FMT(word), status == STATUS_DAMAGED ? 503 : status);
    return (struct str){buf, n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1};
}
