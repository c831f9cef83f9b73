/* words.c: see words.h. */
#include "app/demo/words.h"

#include "base/out.h"
#include "base/text.h"

enum { NOTE_BYTES_MAX = 64 * 1024 };

/* One list in both editions; the lists of a pair need not be equally long. */
struct list {
    const char *const *v[EDITIONS];
    uint32_t n[EDITIONS];
};
/* clang-format off */
#define LIST(name, first, twin)                                                                    \
    static const char *const name##_1[] = first;                                                   \
    static const char *const name##_2[] = twin;                                                    \
    static const struct list name = {                                                              \
        {name##_1, name##_2},                                                                      \
        {sizeof(name##_1) / sizeof(char *), sizeof(name##_2) / sizeof(char *)}}
#define WORDS(...) {__VA_ARGS__}

LIST(women,
    WORDS("Jette", "Änne", "Mara", "Frauke", "Zoë", "Birgit", "Ayşe", "Małgorzata", "Ilse", "Nuria"),
    WORDS("Rosa", "Käthe", "Svenja", "Fatma", "Chloé", "Gudrun", "Lotte", "Ingrid", "Olga", "Xenia"));
LIST(men,
    WORDS("Onno", "Jörg", "Ömer", "Malte", "Søren", "Karl-Heinz", "Björn", "Łukasz", "Uwe", "Tjark"),
    WORDS("Emil", "Götz", "Veit", "Mehmet", "René", "Hans-Jürgen", "Kaspar", "Ivo", "Quentin", "Bodo"));
LIST(last_names,
    WORDS("Harms", "Großmann", "Tannhof", "Petersen", "Weiß", "Özdemir", "von der Linde", "O'Brien", "Küstermann",
        "Lührs", "Vogelsang", "Rauhut", "Brömmel", "Nic Dhòmhnaill", "Sørensen", "Achterberg", "Zeisig", "Düsterloh"),
    WORDS("Steigerwald", "Aumüller", "Blaß", "Kaltenecker", "Yıldız", "de la Cruz", "Wiesengrund", "Hölzl", "D'Angelo",
        "Nußbaumer", "Ebersbach", "Quast", "Morgenroth", "Jüngling", "Rosenkötter", "Tremmel", "Übel", "Fährmann"));
LIST(trades,
    WORDS("Stadtwerke", "Brauerei", "Möbelhaus", "Reederei", "Optik", "Apfelhof", "Weingut", "Sanitär", "Museum",
        "Verlag", "Käserei", "Segelmacherei", "Gärtnerei", "Druckhaus", "Theater", "Bäckerei"),
    WORDS("Gasthof", "Schreinerei", "Kelterei", "Goldschmiede", "Klinik", "Tuchfabrik", "Sägewerk", "Molkerei",
        "Fährdienst", "Buchhandlung", "Töpferei", "Rösterei", "Imkerei", "Orgelbau", "Zirkus", "Messerschmiede"));
LIST(places,
    WORDS("Auental", "Grünhain", "Birkenried", "Deichhausen", "Quellbrunn", "Hellenbach", "Obertal", "Rebental",
        "Nordkante", "Möwenort", "Süderhafen", "Lindenkai", "Übersee", "Kiekeberg", "Achtern Diek", "Großkölln"),
    WORDS("Felsenau", "Rotbuch", "Mühlgraben", "Kaltenstein", "Sonnenrain", "Erlenbrück", "Tiefenwang", "Hochmoor",
        "Westerkamp", "Schönfließ", "Drosselberg", "Kirchöd", "Neuwüst", "Haselünde", "Ährenfeld", "Steinhöring"));
LIST(forms,
    WORDS("GmbH", "GmbH & Co. KG", "AG", "e. K.", "KG", "UG (haftungsbeschränkt)", "e. V.", "GbR"),
    WORDS("OHG", "GmbH", "eG", "PartG mbB", "SE", "e. K.", "Stiftung", "gGmbH"));
LIST(streets,
    WORDS("Am Kai", "Hafenstraße", "Große Gasse", "Deichweg", "Lindenallee", "Straße des 17. Juni", "Ölmühlenweg",
        "Zum Übergang", "Fischmarkt", "Apfelstiege"),
    WORDS("Am Rain", "Gerbergasse", "Kirchplatz", "Schloßstraße", "Mühlenweg", "Straße der Einheit", "Ährenweg",
        "Hinterm Wald", "Roßmarkt", "Tuchmacherring"));
LIST(works,
    WORDS("Website", "Kampagne", "Kundenportal", "Jahresbericht", "Messestand", "Bildsprache", "Recruiting-Seite",
        "Onlineshop", "Leitsystem", "Verpackung", "Newsletter", "Imagefilm"),
    WORDS("Markenauftritt", "App", "Intranet", "Festschrift", "Ausstellung", "Katalog", "Plakatserie", "Hörspiel",
        "Beschilderung", "Produktfotos", "Podcast", "Faltblatt"));
LIST(phases,
    WORDS("Relaunch", "2. Stufe", "Frühjahr", "Grundlagen", "Betrieb", "Übersetzung", "Konzept", "Pflege"),
    WORDS("Neuauflage", "Herbst", "Vorstudie", "Wartung", "Umbau", "Prüfung", "Entwurf", "Ausbau"));
LIST(tags,
    WORDS("Nord", "Kultur", "Größe A", "Handel", "Empfehlung", "Wein"),
    WORDS("Süd", "Handwerk", "Größe B", "Pflege", "Messe", "Holz"));
LIST(note_words,
    WORDS("Abstimmung", "mit", "Kundin", "Entwurf", "Startseite", "überarbeitet", "Texte", "geprüft", "Freigabe",
        "vorbereitet", "Bilder", "ausgewählt", "Navigation", "besprochen", "Fehler", "behoben", "für", "nächste",
        "Woche", "geplant", "Formular", "getestet", "und", "Größen", "angepaßt", "Rückfragen", "geklärt"),
    WORDS("Gespräch", "zum", "Ablauf", "Skizze", "der", "Tafel", "verbessert", "Satz", "gelesen", "Druckdaten",
        "erzeugt", "Farben", "gewählt", "Termin", "vereinbart", "Lücke", "geschlossen", "für", "die", "Sitzung",
        "notiert", "Maße", "aufgenommen", "nach", "Prüfung", "korrigiert", "Übergabe"));

static const char *const hard[EDITIONS][9] = {
    {"Straußenhöfe Äöüß & Söhne Übergrößen GmbH",
     "Gasthaus „Zum O'Hara“ – d'Or's Küche",
     "Café Sonnenschein ☀️🥐 👩‍🎨",
     "مطبعة النجمة الفضية",
     "<script>alert('demo')</script> <b>Medien</b> UG",
     "Robert'; DROP TABLE company; -- e. K.",
     "=HYPERLINK(\"http://formel.example\";\"Klick\")",
     "𝔉raktur 𠀋 Verlag 漢字 AG",
     ("Vereinigte Lehrmittel-, Landkarten- und Globenwerkstätten für Grund-, Haupt-, Real-, Sekundar-, Gesamt-, "
     "Förder- und Berufsschulen sowie Volkshochschulen der Länder zwischen Ems, Weser, Elbe und Neiße "
     "mbH & Co. Kommanditgesellschaft")},
    {"Ößmüller Außenbeläge Größenwahn OHG",
     "Pension „Bei D'Arcy“ – l'Auberge",
     "Eisdiele Polarstern 🍦❄️ 🏳️‍🌈",
     "דפוס הכוכב הצפוני",
     "<img src=x onerror=alert('twin')> Studio",
     "Admin' OR '1'='1'; -- GbR",
     "+CMD|' /C calc'!A0",
     "𝕯oppelstrich 𪚥 出版 SE",
     ("Gemeinnützige Gesellschaft zur Pflege, Erhaltung, Erforschung und Vermittlung von Orgeln, Glocken, Spieldosen "
     "und anderen selbsttätigen Musikinstrumenten in Kirchen, Rathäusern, Bahnhöfen und Gaststätten "
     "mit beschränkter Haftung")},
};
/* clang-format on */

static struct str
pick(struct words *w, const struct list *l)
{
    return str_of(l->v[w->edition][dice_below(&w->dice, l->n[w->edition])]);
}

static struct str
join(struct words *w, struct str a, struct str b)
{
    return arena_fmt(w->mem, "%.*s %.*s", STR_FMT(a), STR_FMT(b));
}

struct str
words_first_name(struct words *w, struct str *ret_title)
{
    static const char *const titles[2][3] = {
        {"Frau", "Frau", "Frau Dr."      },
        {"Herr", "Herr", "Herr Prof. Dr."}
    };
    uint32_t man = dice_below(&w->dice, 2);

    *ret_title = str_of(titles[man][dice_below(&w->dice, 3)]);
    return pick(w, man != 0 ? &men : &women);
}

struct str
words_last_name(struct words *w)
{
    return pick(w, &last_names);
}

struct str
words_company(struct words *w)
{
    return join(w, join(w, pick(w, &trades), pick(w, &places)), pick(w, &forms));
}

struct str
words_town(struct words *w, struct str *ret_postal_code)
{
    *ret_postal_code = arena_fmt(w->mem, "%05d", dice_between(&w->dice, 1000, 99999));
    return pick(w, &places);
}

struct str
words_street(struct words *w)
{
    return pick(w, &streets);
}

struct str
words_project(struct words *w)
{
    struct str work = pick(w, &works), phase = pick(w, &phases);

    return dice_percent(&w->dice, 60)
               ? work
               : arena_fmt(w->mem, "%.*s: %.*s", STR_FMT(work), STR_FMT(phase));
}

struct str
words_tag(struct words *w)
{
    return pick(w, &tags);
}

struct str
words_note(struct words *w, int n, size_t max)
{
    struct out o = out_new(w->mem, NOTE_BYTES_MAX);
    size_t points = 0;

    for (int i = 0; i < n; i++) {
        struct str word = pick(w, &note_words);
        size_t more = str_points(word) + (i > 0 ? 1 : 0);

        if (points + more > max) {
            break;
        }
        out_str(&o, i > 0 ? STR(" ") : STR(""));
        out_str(&o, word);
        points += more;
    }
    return o.n > 0 ? out_view(&o) : STR("");
}

struct str
words_domain(struct words *w, struct str name)
{
    struct str folded = text_fold(w->mem, name);
    struct out o = out_new(w->mem, 300);

    for (size_t i = 0; i < folded.n && o.n < 40; i++) {
        char c = folded.p[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            out_char(&o, c);
        } else if (o.n > 0 && o.p[o.n - 1] != '-') {
            out_char(&o, '-');
        }
    }
    while (o.n > 0 && o.p[o.n - 1] == '-') {
        o.n--;
    }
    if (o.n == 0) {
        out_fmt(&o, "firma%u", dice_below(&w->dice, 1000));
    }
    out_str(&o, STR(".example"));
    return out_view(&o);
}

/* The name's letters as an address may have them. */
static struct str
local_part(struct words *w, struct str name)
{
    struct str domain = words_domain(w, name);

    return str_sub(domain, 0, domain.n - strlen(".example"));
}

struct str
words_email(struct words *w, struct str first, struct str last, struct str domain)
{
    struct str a = local_part(w, first), b = local_part(w, last);

    return arena_fmt(w->mem, "%.*s.%.*s@%.*s", STR_FMT(a), STR_FMT(b), STR_FMT(domain));
}

struct str
words_phone(struct words *w)
{
    /* 000 is given to nobody. */
    return arena_fmt(w->mem, "0%d 000 %02u", dice_between(&w->dice, 201, 999),
                     dice_below(&w->dice, 100));
}

struct str
words_hard_company(const struct words *w, size_t n)
{
    return n < sizeof(hard[0]) / sizeof(hard[0][0]) ? str_of(hard[w->edition][n]) : STR_NONE;
}

struct str
words_canary(const struct words *w)
{
    return w->edition == EDITION_FIRST ? STR("kanarie-blau-7f3a91c4e2")
                                       : STR("kanarie-gelb-0b86d5f7a9");
}
