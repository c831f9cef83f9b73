/* contact_csv_test.c: CSV as it comes: separators, quotes, line ends, encodings, ragged rows,
 * bounds. */
#include <stdio.h>

#include "app/contact/csv.h"
#include "base/out.h"

enum { CEILING = 64 * 1024 * 1024 };

static int
begin(void **state)
{
    *state = arena_new(CEILING);
    return 0;
}

static int
end(void **state)
{
    arena_free(*state);
    return 0;
}

static struct bytes
bytes_of(const char *s, size_t n)
{
    return (struct bytes){(const uint8_t *)s, n};
}

/* Every row as [cell|cell] behind its line number: "1[a|b]2[c|d]". */
static struct str
walk(struct arena *mem, const struct csv *csv)
{
    struct out o = out_new(mem, 1024 * 1024);
    struct csv_reader rd;

    csv_start(&rd, mem, csv);
    while (csv_next(&rd)) {
        out_fmt(&o, "%zu[", rd.line);
        for (size_t i = 0; i < rd.n; i++) {
            out_str(&o, i > 0 ? STR("|") : STR(""));
            out_str(&o, csv_cell(&rd, i));
        }
        out_char(&o, ']');
    }
    return out_view(&o);
}

static void
assert_rows(struct arena *mem, const char *file, size_t n, const char *want)
{
    struct err err = {0};
    struct csv csv;
    char got[1024];

    assert_int_equal(csv_open(mem, bytes_of(file, n), &err, &csv), OK);
    (void)snprintf(got, sizeof(got), "%.*s", STR_FMT(walk(mem, &csv)));
    assert_string_equal(got, want);
}
#define ROWS(file, want) assert_rows(*state, "" file, sizeof(file) - 1, (want))

static void
assert_refused(struct arena *mem, const char *file, size_t n, enum code code, const char *arg)
{
    struct err err = {0};
    struct csv csv = {.n_rows = 77};

    assert_int_equal(csv_open(mem, bytes_of(file, n), &err, &csv), RC_INVALID);
    assert_int_equal(err.code, code);
    assert_string_equal(err.field, "file");
    assert_string_equal(err.arg, arg);
    assert_int_equal(csv.n_rows, 77);
}
#define REFUSED(file, code, arg) assert_refused(*state, "" file, sizeof(file) - 1, (code), (arg))

static void
finds_the_separator(void **state)
{
    ROWS("Firma;Ort\nA;B\n", "1[Firma|Ort]2[A|B]");
    ROWS("Firma,Ort\nA,B\n", "1[Firma|Ort]2[A|B]");
    ROWS("Firma\tOrt\nA\tB\n", "1[Firma|Ort]2[A|B]");
    /* commas inside cells of a semicolon file, also in the header */
    ROWS("Name, Vorname;Ort\nHarms, Jette;Kiel\nB;C, D, E\n",
         "1[Name, Vorname|Ort]2[Harms, Jette|Kiel]3[B|C, D, E]");
    /* the quoted separator does not count */
    ROWS("Firma,Ort\n\"A;B\",\"C;D\"\n", "1[Firma|Ort]2[A;B|C;D]");
    ROWS("Firma\nA\nB\n", "1[Firma]2[A]3[B]");
}

static void
obeys_excels_sep_line(void **state)
{
    ROWS("sep=,\r\nFirma,Ort\r\nA;B,C\r\n", "2[Firma|Ort]3[A;B|C]");
    ROWS("SEP=;\nFirma;Ort\nA;B\n", "2[Firma|Ort]3[A|B]");
    /* only as a line of its own */
    ROWS("sep=;x;y\nA;B;C\n", "1[sep=|x|y]2[A|B|C]");
}

static void
undoes_quotes(void **state)
{
    ROWS("a;b\n\"x\";\"y;z\"\n", "1[a|b]2[x|y;z]");
    ROWS("a;b\n\"Gasthof \"\"Krone\"\"\";y\n", "1[a|b]2[Gasthof \"Krone\"|y]");
    ROWS("a;b\n\"\";y\n", "1[a|b]2[|y]");
    /* what others write: blanks around, a quote in the middle, text behind the closing one */
    ROWS("a;b\n  \"x\"  ; \"y\" \n", "1[a|b]2[x|y]");
    ROWS("a;b\nGasthof \"Krone\";y\n", "1[a|b]2[Gasthof \"Krone\"|y]");
    ROWS("a;b\n\"Krone\" GmbH;y\n", "1[a|b]2[Krone GmbH|y]");
    ROWS("a;b\nx;\"y\"", "1[a|b]2[x|y]");
}

static void
keeps_line_breaks_inside_quotes(void **state)
{
    ROWS("a;b\r\n\"x\r\ny\rz\nw\";q\r\nlast;row\r\n", "1[a|b]2[x\ny\nz\nw|q]6[last|row]");
}

static void
knows_all_line_ends(void **state)
{
    ROWS("a;b\rc;d\re;f", "1[a|b]2[c|d]3[e|f]");
    ROWS("a;b\r\nc;d\r\n", "1[a|b]2[c|d]");
    ROWS("a;b\n\n;;\n  ; \nc;d", "1[a|b]5[c|d]");
}

static void
lets_ragged_rows_through(void **state)
{
    ROWS("a;b;c\nx\nx;y;z;q\nx;y;z;;;\n", "1[a|b|c]2[x]3[x|y|z|q]4[x|y|z|||]");
    struct arena *mem = *state;
    struct err err = {0};
    struct csv csv;
    struct csv_reader rd;

    assert_int_equal(csv_open(mem, bytes_of("a;b\nx\n", 6), &err, &csv), OK);
    csv_start(&rd, mem, &csv);
    assert_true(csv_next(&rd) && csv_next(&rd));
    assert_int_equal(rd.n, 1);
    assert_int_equal(csv_cell(&rd, 1).n, 0);
    assert_non_null(csv_cell(&rd, 200).p);
}

static void
assert_encoding(struct arena *mem, const char *file, size_t n, enum csv_encoding want)
{
    struct err err = {0};
    struct csv csv;

    assert_int_equal(csv_open(mem, bytes_of(file, n), &err, &csv), OK);
    assert_int_equal(csv.encoding, want);
    assert_true(str_is_utf8(csv.text));
}

static void
reads_utf8_and_windows_1252(void **state)
{
    static const char utf8[] = "Firma;Ort\nMüller;Köln\n";
    static const char bom[] = "\xef\xbb\xbf"
                              "Firma;Ort\nMüller;Köln\n";
    static const char win[] = "Firma;Ort\nM\xfcller \x80;K\xf6ln\n";

    ROWS("Firma;Ort\nMüller;Köln\n", "1[Firma|Ort]2[Müller|Köln]");
    ROWS("\xef\xbb\xbf"
         "Firma;Ort\nMüller;Köln\n",
         "1[Firma|Ort]2[Müller|Köln]");
    ROWS("Firma;Ort\nM\xfcller \x80;K\xf6ln\n", "1[Firma|Ort]2[Müller €|Köln]");
    assert_encoding(*state, utf8, sizeof(utf8) - 1, CSV_UTF8);
    assert_encoding(*state, bom, sizeof(bom) - 1, CSV_UTF8);
    assert_encoding(*state, win, sizeof(win) - 1, CSV_CP1252);
}

static void
reads_utf16_with_bom(void **state)
{
    ROWS("\xff\xfe"
         "a\0\t\0b\0\n\0\xfc\0\t\0\x3d\xd8\x00\xde\n\0",
         "1[a|b]2[ü|😀]");
    ROWS("\xfe\xff"
         "\0a\0\t\0b\0\n\0\xfc\0\t\xd8\x3d\xde\x00\0\n",
         "1[a|b]2[ü|😀]");
    /* half a pair becomes the replacement character, half a unit falls */
    ROWS("\xff\xfe"
         "a\0\t\0b\0\n\0\x3d\xd8\t\0b\0c",
         "1[a|b]2[\xef\xbf\xbd|b]");
}

static void
refuses_what_is_no_csv(void **state)
{
    REFUSED("", E_CSV_EMPTY, "0");
    REFUSED("\n\n;;;\n", E_CSV_EMPTY, "0");
    REFUSED("Firma;Ort\n", E_CSV_EMPTY, "0");
    REFUSED("PK\3\4zip of an xlsx", E_CSV_SPREADSHEET, "0");
    REFUSED("\xd0\xcf\x11\xe0old xls", E_CSV_SPREADSHEET, "0");
    REFUSED("%PDF-1.7\na;b\n", E_CSV_BINARY, "0");
    REFUSED("a;b\nx;\0y\n", E_CSV_BINARY, "0");
    REFUSED("\xff\xfe"
            "a\0;\0\0\0\n\0b\0",
            E_CSV_BINARY, "0");
    REFUSED("\xef\xbb\xbf"
            "a;b\nM\xfcller;x\n",
            E_CSV_ENCODING, "0");
    REFUSED("a;b\n\"never closed;x\ny;z\n", E_CSV_QUOTE, "2");
}

/* n rows "x;y" below a header. */
static struct bytes
many_rows(struct arena *mem, size_t n)
{
    struct out o = out_new(mem, 8 * 1024 * 1024);

    out_str(&o, STR("a;b\n"));
    for (size_t i = 0; i < n; i++) {
        out_str(&o, STR("x;y\n"));
    }
    assert_true(out_ok(&o));
    return bytes_of(o.p, o.n);
}

static void
holds_the_bound_of_rows(void **state)
{
    struct err err = {0};
    struct csv csv;
    struct bytes over = many_rows(*state, CSV_ROWS_MAX + 1);

    assert_int_equal(csv_open(*state, many_rows(*state, CSV_ROWS_MAX), &err, &csv), OK);
    assert_int_equal(csv.n_rows, CSV_ROWS_MAX);
    assert_refused(*state, (const char *)over.p, over.n, E_CSV_ROWS, "20000");
}

static void
holds_the_bound_of_columns(void **state)
{
    static char file[2 * CSV_COLUMNS_MAX + 8];
    struct err err = {0};
    struct csv csv;

    memset(file, ';', sizeof(file));
    memcpy(file + CSV_COLUMNS_MAX - 2, ";a\nb", 4);
    assert_int_equal(csv_open(*state, bytes_of(file, CSV_COLUMNS_MAX + 2), &err, &csv), OK);
    assert_int_equal(csv.n_columns, CSV_COLUMNS_MAX);
    memset(file, ';', sizeof(file));
    memcpy(file + CSV_COLUMNS_MAX, "a\nb", 3);
    assert_refused(*state, file, CSV_COLUMNS_MAX + 3, E_CSV_COLUMNS, "256");
}

static void
holds_the_bounds_of_a_row_and_of_the_file(void **state)
{
    static char file[CSV_BYTES_MAX + 1];

    memset(file, 'x', sizeof(file));
    memcpy(file, "a;b\n", 4);
    assert_refused(*state, file, CSV_ROW_MAX + 6, E_CSV_ROW_LONG, "2");
    file[4] = '"'; /* quoted cells have the same bound: the lost quote is found, not the whole file
                      eaten */
    assert_refused(*state, file, CSV_BYTES_MAX, E_CSV_ROW_LONG, "2");
    assert_refused(*state, file, CSV_BYTES_MAX + 1, E_CSV_SIZE, "5");
    file[4] = 'x';
    file[4 + CSV_ROW_MAX] = '\n';
    assert_rows(*state, "a\nb\n", 4, "1[a]2[b]");
    struct err err = {0};
    struct csv csv;
    assert_int_equal(csv_open(*state, bytes_of(file, 4 + CSV_ROW_MAX + 1), &err, &csv), OK);
}

static void
cleans_cells_for_fields(void **state)
{
    struct arena *mem = *state;
    struct str s = STR("  plain text ");

    assert_ptr_equal(csv_clean(mem, s, false).p, s.p + 2);
    assert_true(str_eq(csv_clean(mem, STR("Am Kai\n3b"), false), STR("Am Kai 3b")));
    assert_true(str_eq(csv_clean(mem, STR("Am Kai\n\n\n3b"), false), STR("Am Kai 3b")));
    assert_true(str_eq(csv_clean(mem, STR("one\n\ntwo\n"), true), STR("one\n\ntwo")));
    assert_true(str_eq(csv_clean(mem,
                                 STR("a\tb\x01\x7f"
                                     "c"),
                                 true),
                       STR("a bc")));
    assert_true(str_eq(csv_clean(mem, STR("Am\xc2\x85 Kai\xc2\xa7"), true), STR("Am Kai\xc2\xa7")));
    assert_true(str_eq(csv_clean(mem, STR("=1+1"), true), STR("=1+1")));
    assert_int_equal(csv_clean(mem, STR("\x02\n\x03"), true).n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_the_separator, begin, end),
        cmocka_unit_test_setup_teardown(obeys_excels_sep_line, begin, end),
        cmocka_unit_test_setup_teardown(undoes_quotes, begin, end),
        cmocka_unit_test_setup_teardown(keeps_line_breaks_inside_quotes, begin, end),
        cmocka_unit_test_setup_teardown(knows_all_line_ends, begin, end),
        cmocka_unit_test_setup_teardown(lets_ragged_rows_through, begin, end),
        cmocka_unit_test_setup_teardown(reads_utf8_and_windows_1252, begin, end),
        cmocka_unit_test_setup_teardown(reads_utf16_with_bom, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_csv, begin, end),
        cmocka_unit_test_setup_teardown(holds_the_bound_of_rows, begin, end),
        cmocka_unit_test_setup_teardown(holds_the_bound_of_columns, begin, end),
        cmocka_unit_test_setup_teardown(holds_the_bounds_of_a_row_and_of_the_file, begin, end),
        cmocka_unit_test_setup_teardown(cleans_cells_for_fields, begin, end),
    };
    return cmocka_run_group_tests_name("contact_csv", tests, NULL, NULL);
}
