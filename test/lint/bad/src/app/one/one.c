/* one.c: a subject that looks into another. */
#include "app/one/inner.h"
#include "app/two/two.h"
#include "app/two/inner.h"
#include "one.sql.h"
#include "two.sql.h"
#include "app/two/two.tmpl.h"
#include "http/layout.tmpl.h"
#include "proc/loop.h"

double half = 0.5;
struct url u = (struct url){s};
static const char *sql = "SELECT id FROM user";
static const char *word = "Löschen";
static const char *fine = "invoice is locked";
