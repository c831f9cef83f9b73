/* ring.c: parsing, printing and keeping the key ring. */
#include "proc/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>

#include "proc/loop.h"

static const char magic[8] = {'K', 'O', 'N', 'T', 'O', 'R', '1', 'R'};
static const char master_head[] = "kontor-master-1:";
enum {
    FORMAT_1 = 1,
    FORMAT = 2,
    SUB_WRAP = 1,
    SUB_CHECK = 2,
    SUB_MAC = 3,
    CHECKSUM = 8,
    AD_SIZE = 12
};

/* --- little-endian --------------------------------------------------------------------------- */

static void
put_le(uint8_t *p, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

static uint64_t
get_le(const uint8_t *p, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) {
        v |= (uint64_t)p[i] << (8 * i);
    }
    return v;
}

/* --- master key ------------------------------------------------------------------------------ */

void
ring_keys_derive(const uint8_t master[static KEY_SIZE], struct ring_keys *ret_keys)
{
    crypto_kdf_derive_from_key(ret_keys->wrap, KEY_SIZE, SUB_WRAP, "KonMastr", master);
    crypto_kdf_derive_from_key(ret_keys->check, KEY_SIZE, SUB_CHECK, "KonMastr", master);
    crypto_kdf_derive_from_key(ret_keys->mac, KEY_SIZE, SUB_MAC, "KonMastr", master);
}

static void
checksum(const uint8_t *master, uint8_t sum[static crypto_generichash_BYTES_MIN])
{
    crypto_generichash(sum, crypto_generichash_BYTES_MIN, master, KEY_SIZE, NULL, 0);
}

enum rc
master_parse(struct str line, uint8_t ret_master[static KEY_SIZE])
{
    uint8_t master[KEY_SIZE];
    uint8_t given[CHECKSUM];
    uint8_t sum[crypto_generichash_BYTES_MIN];
    size_t head = sizeof master_head - 1;
    if (line.n == MASTER_LINE && line.p[MASTER_LINE - 1] == '\n') {
        line.n--;
    }
    if (line.n != MASTER_LINE - 1 || !str_starts(line, STR("kontor-master-1:")) ||
        line.p[head + 64] != ':' || hex_parse(str_sub(line, head, 64), master, KEY_SIZE) != OK ||
        hex_parse(str_sub(line, head + 65, 16), given, CHECKSUM) != OK) {
        return RC_INVALID;
    }
    checksum(master, sum);
    if (sodium_memcmp(sum, given, CHECKSUM) != 0) {
        sodium_memzero(master, sizeof master);
        return RC_INVALID;
    }
    memcpy(ret_master, master, KEY_SIZE);
    sodium_memzero(master, sizeof master);
    return OK;
}

void
master_print(const uint8_t master[static KEY_SIZE], char ret_line[static MASTER_LINE + 1])
{
    uint8_t sum[crypto_generichash_BYTES_MIN];
    size_t head = sizeof master_head - 1;
    checksum(master, sum);
    memcpy(ret_line, master_head, head);
    hex_print(master, KEY_SIZE, ret_line + head);
    ret_line[head + 64] = ':';
    hex_print(sum, CHECKSUM, ret_line + head + 65);
    ret_line[MASTER_LINE - 1] = '\n';
    ret_line[MASTER_LINE] = '\0';
}

/* --- the file -------------------------------------------------------------------------------- */

static void
check_value(const struct ring_keys *k, uint8_t out[static 32])
{
    static const uint8_t text[] = "kontor key check 1";
    crypto_generichash(out, 32, text, sizeof text - 1, k->check, KEY_SIZE);
}

static void
parse_entry(const uint8_t *p, struct ring_entry *e)
{
    e->workspace = (int64_t)get_le(p, 8);
    e->version = (uint32_t)get_le(p + 8, 4);
    e->page = (uint32_t)get_le(p + 12, 4);
    memcpy(e->nonce, p + 16, sizeof e->nonce);
    memcpy(e->wrapped, p + 40, sizeof e->wrapped);
}

static bool
before(const struct ring_entry *e, int64_t workspace, uint32_t version)
{
    return e->workspace < workspace || (e->workspace == workspace && e->version < version);
}

/* In the order of the file. */
static void
each_fact(struct ring_facts *f, int64_t *ret_at[static RING_FACTS])
{
    int64_t *at[RING_FACTS] = {&f->generation,          &f->made_us,           &f->erased,
                               &f->escrow_us,           &f->escrow_generation, &f->rehearsed_us,
                               &f->rehearsed_generation};
    memcpy(ret_at, at, sizeof at);
}

static struct ring_facts
parse_facts(const uint8_t *p, bool is_there)
{
    struct ring_facts f = {.generation = 1};
    int64_t *at[RING_FACTS];
    each_fact(&f, at);
    for (int i = 0; is_there && i < RING_FACTS; i++) {
        *at[i] = (int64_t)get_le(p + 8 * i, 8);
    }
    return f;
}

static void
put_facts(uint8_t *p, struct ring_facts f)
{
    int64_t *at[RING_FACTS];
    each_fact(&f, at);
    for (int i = 0; i < RING_FACTS; i++) {
        put_le(p + 8 * i, (uint64_t)*at[i], 8);
    }
}

static enum rc
parse_entries(const uint8_t *p, size_t n, struct err *err, struct ring *ret_ring)
{
    struct ring r = {.entries = loop_alloc((n + 1) * sizeof *r.entries), .n = n, .cap = n + 1};
    for (size_t i = 0; i < n; i++) {
        struct ring_entry *e = &r.entries[i];
        parse_entry(p + i * RING_ENTRY, e);
        if (e->workspace < 0 || e->version == 0 ||
            (i > 0 && !before(&r.entries[i - 1], e->workspace, e->version))) {
            ring_done(&r);
            return fail(err, RC_BROKEN, E_IO, "key ring: entry %zu is out of order", i);
        }
    }
    *ret_ring = r;
    return OK;
}

enum rc
ring_parse(struct bytes file, const struct ring_keys *k, struct err *err, struct ring *ret_ring)
{
    uint64_t format = file.n < RING_HEAD_1 + RING_MAC ? 0 : get_le(file.p + 8, 4);
    size_t head = format == FORMAT_1 ? RING_HEAD_1 : RING_HEAD;
    if ((format != FORMAT_1 && format != FORMAT) || file.n < head + RING_MAC ||
        memcmp(file.p, magic, sizeof magic) != 0) {
        return fail(err, RC_BROKEN, E_IO, "key ring: not a ring of format 1 or 2");
    }
    uint8_t check[32];
    check_value(k, check);
    if (sodium_memcmp(check, file.p + 16, sizeof check) != 0) {
        return fail(err, RC_DENIED, E_DENIED, "key ring: made under another master key");
    }
    uint64_t n = get_le(file.p + 12, 4);
    if (n > RING_WORKSPACES_MAX || file.n != head + n * RING_ENTRY + RING_MAC) {
        return fail(err, RC_BROKEN, E_IO, "key ring: wrong length");
    }
    uint8_t mac[RING_MAC];
    crypto_generichash(mac, sizeof mac, file.p, file.n - RING_MAC, k->mac, KEY_SIZE);
    if (sodium_memcmp(mac, file.p + file.n - RING_MAC, sizeof mac) != 0) {
        return fail(err, RC_BROKEN, E_IO, "key ring: changed");
    }
    TRY(parse_entries(file.p + head, (size_t)n, err, ret_ring));
    ret_ring->facts = parse_facts(file.p + RING_HEAD_1, format == FORMAT);
    return OK;
}

uint8_t *
ring_print(const struct ring *r, const struct ring_keys *k, size_t *ret_n)
{
    size_t n = RING_HEAD + r->n * RING_ENTRY + RING_MAC;
    uint8_t *file = loop_alloc(n);
    memcpy(file, magic, sizeof magic);
    put_le(file + 8, FORMAT, 4);
    put_le(file + 12, r->n, 4);
    check_value(k, file + 16);
    put_facts(file + RING_HEAD_1, r->facts);
    for (size_t i = 0; i < r->n; i++) {
        uint8_t *p = file + RING_HEAD + i * RING_ENTRY;
        const struct ring_entry *e = &r->entries[i];
        put_le(p, (uint64_t)e->workspace, 8);
        put_le(p + 8, e->version, 4);
        put_le(p + 12, e->page, 4);
        memcpy(p + 16, e->nonce, sizeof e->nonce);
        memcpy(p + 40, e->wrapped, sizeof e->wrapped);
    }
    crypto_generichash(file + n - RING_MAC, RING_MAC, file, n - RING_MAC, k->mac, KEY_SIZE);
    *ret_n = n;
    return file;
}

void
ring_done(struct ring *r)
{
    free(r->entries);
    *r = (struct ring){0};
}

/* --- entries --------------------------------------------------------------------------------- */

/* First entry not before (workspace, version). */
static size_t
lower_bound(const struct ring *r, int64_t workspace, uint32_t version)
{
    size_t lo = 0;
    size_t hi = r->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (before(&r->entries[mid], workspace, version)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void
entry_ad(int64_t workspace, uint32_t version, uint8_t ad[static AD_SIZE])
{
    put_le(ad, (uint64_t)workspace, 8);
    put_le(ad + 8, version, 4);
}

/* Wipes the key. */
static void
wrap_key(struct ring_entry *e, const struct ring_keys *k, uint8_t key[static KEY_SIZE])
{
    uint8_t ad[AD_SIZE];
    randombytes_buf(e->nonce, sizeof e->nonce);
    entry_ad(e->workspace, e->version, ad);
    crypto_aead_xchacha20poly1305_ietf_encrypt(e->wrapped, NULL, key, KEY_SIZE, ad, sizeof ad, NULL,
                                               e->nonce, k->wrap);
    sodium_memzero(key, KEY_SIZE);
}

enum rc
ring_add(struct ring *r, const struct ring_keys *k, int64_t workspace)
{
    size_t at = lower_bound(r, workspace, 0);
    if (at < r->n && r->entries[at].workspace == workspace) {
        return RC_CONFLICT;
    }
    if (workspace < 0 || r->n >= RING_WORKSPACES_MAX) {
        return RC_LIMIT;
    }
    if (r->n == r->cap) {
        size_t cap = r->cap == 0 ? 16 : r->cap * 2;
        struct ring_entry *e = realloc(r->entries, cap * sizeof *e);
        if (e == NULL) {
            loop_die("memory"); /* uncovered: no memory */
        }
        r->entries = e;
        r->cap = cap;
    }
    memmove(&r->entries[at + 1], &r->entries[at], (r->n - at) * sizeof *r->entries);
    r->entries[at] = (struct ring_entry){.workspace = workspace, .version = 1};
    r->n++;
    uint8_t key[KEY_SIZE];
    randombytes_buf(key, sizeof key);
    wrap_key(&r->entries[at], k, key);
    return OK;
}

enum rc
ring_drop(struct ring *r, int64_t workspace)
{
    size_t at = lower_bound(r, workspace, 0);
    size_t end = lower_bound(r, workspace + 1, 0);
    if (at == end) {
        return RC_MISSING;
    }
    memmove(&r->entries[at], &r->entries[end], (r->n - end) * sizeof *r->entries);
    r->n -= end - at;
    sodium_memzero(&r->entries[r->n], (end - at) * sizeof *r->entries);
    r->facts.erased++;
    return OK;
}

enum rc
ring_version(const struct ring *r, int64_t workspace, uint32_t *ret_version)
{
    size_t end = lower_bound(r, workspace + 1, 0);
    if (end == 0 || r->entries[end - 1].workspace != workspace) {
        return RC_MISSING;
    }
    *ret_version = r->entries[end - 1].version;
    return OK;
}

/* The newest entry of a workspace, or NULL. */
static struct ring_entry *
newest(const struct ring *r, int64_t workspace)
{
    size_t end = lower_bound(r, workspace + 1, 0);
    return end > 0 && r->entries[end - 1].workspace == workspace ? &r->entries[end - 1] : NULL;
}

enum rc
ring_page(const struct ring *r, int64_t workspace, uint32_t *ret_page, bool *ret_next)
{
    const struct ring_entry *e = newest(r, workspace);
    if (e == NULL) {
        return RC_MISSING;
    }
    *ret_page = e->page & ~RING_PAGE_NEXT;
    *ret_next = (e->page & RING_PAGE_NEXT) != 0;
    return OK;
}

enum rc
ring_page_turn(struct ring *r, int64_t workspace, enum page_turn turn)
{
    struct ring_entry *e = newest(r, workspace);
    if (e == NULL) {
        return RC_MISSING;
    }
    if (((e->page & RING_PAGE_NEXT) != 0) == (turn == PAGE_TURN_BEGINS)) {
        return RC_CONFLICT;
    }
    const uint32_t now = e->page & ~RING_PAGE_NEXT;
    e->page = turn == PAGE_TURN_BEGINS ? now | RING_PAGE_NEXT
              : turn == PAGE_TURN_ENDS ? now + 1
                                       : now;
    return OK;
}

enum rc
ring_open(const struct ring *r, const struct ring_keys *k, int64_t workspace, uint32_t version,
          uint8_t ret_key[static KEY_SIZE])
{
    size_t at = lower_bound(r, workspace, version);
    if (at == r->n || r->entries[at].workspace != workspace || r->entries[at].version != version) {
        return RC_MISSING;
    }
    const struct ring_entry *e = &r->entries[at];
    uint8_t ad[AD_SIZE];
    entry_ad(workspace, version, ad);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(ret_key, NULL, NULL, e->wrapped,
                                                   sizeof e->wrapped, ad, sizeof ad, e->nonce,
                                                   k->wrap) != 0) {
        return RC_BROKEN;
    }
    return OK;
}

enum rc
ring_rewrap(const struct ring *r, const struct ring_keys *from, const struct ring_keys *to,
            struct ring *ret_ring)
{
    struct ring fresh = {.entries = loop_alloc((r->n + 1) * sizeof *fresh.entries),
                         .n = r->n,
                         .cap = r->n + 1,
                         .facts = r->facts};
    for (size_t i = 0; i < r->n; i++) {
        uint8_t key[KEY_SIZE];
        struct ring_entry *e = &fresh.entries[i];
        *e = (struct ring_entry){.workspace = r->entries[i].workspace,
                                 .version = r->entries[i].version,
                                 .page = r->entries[i].page};
        if (ring_open(r, from, e->workspace, e->version, key) != OK) {
            ring_done(&fresh);
            return RC_BROKEN;
        }
        wrap_key(e, to, key);
    }
    *ret_ring = fresh;
    return OK;
}

/* --- on disk --------------------------------------------------------------------------------- */

static bool
write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

static enum rc
replace_file(int dir, const char *name, const uint8_t *p, size_t n, struct err *err)
{
    int fd = openat(dir, "ring.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail(err, RC_IO, E_IO, "key ring: create: errno %d", errno);
    }
    bool ok = write_all(fd, p, n) && fsync(fd) == 0;
    int e = errno;
    close(fd);
    if (!ok) {
        (void)unlinkat(dir, "ring.new", 0);
        return fail(err, RC_IO, E_IO, "key ring: write: errno %d", e);
    }
    if (renameat(dir, "ring.new", dir, name) != 0 || fsync(dir) != 0) {
        return fail(err, RC_IO, E_IO, "key ring: rename: errno %d", errno);
    }
    return OK;
}

enum rc
ring_save_as(const char *dir, const char *name, const struct ring *r, const struct ring_keys *k,
             struct err *err)
{
    int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d < 0) {
        return fail(err, RC_IO, E_IO, "key ring: folder: errno %d", errno);
    }
    size_t n;
    uint8_t *file = ring_print(r, k, &n);
    enum rc rc = replace_file(d, name, file, n, err);
    free(file);
    close(d);
    return rc;
}

enum rc
ring_save(const char *dir, const struct ring *r, const struct ring_keys *k, struct err *err)
{
    return ring_save_as(dir, "ring", r, k, err);
}

static enum rc
read_ring(int fd, struct bytes *ret_file, struct err *err)
{
    size_t max = RING_HEAD + (size_t)RING_WORKSPACES_MAX * RING_ENTRY + RING_MAC;
    off_t size = lseek(fd, 0, SEEK_END);
    if (size < 0 || (size_t)size > max) {
        return fail(err, RC_BROKEN, E_IO, "key ring: too long");
    }
    uint8_t *p = loop_alloc((size_t)size);
    if (pread(fd, p, (size_t)size, 0) != size) {
        free(p);                                                          /* uncovered: bad disk */
        return fail(err, RC_IO, E_IO, "key ring: read: errno %d", errno); /* uncovered: bad disk */
    }
    *ret_file = (struct bytes){p, (size_t)size};
    return OK;
}

enum rc
ring_load_as(const char *dir, const char *name, const struct ring_keys *k, struct err *err,
             struct ring *ret_ring)
{
    int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = d < 0 ? -1 : openat(d, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int e = errno;
    if (d >= 0) {
        close(d);
    }
    if (fd < 0) {
        return fail(err, e == ENOENT ? RC_MISSING : RC_IO, E_IO, "key ring: open: errno %d", e);
    }
    struct bytes file = {NULL, 0};
    enum rc rc = read_ring(fd, &file, err);
    close(fd);
    if (rc == OK) {
        rc = ring_parse(file, k, err, ret_ring);
        union {
            const uint8_t *in;
            uint8_t *out;
        } p = {file.p};
        free(p.out);
    }
    return rc;
}

enum rc
ring_load(const char *dir, const struct ring_keys *k, struct err *err, struct ring *ret_ring)
{
    return ring_load_as(dir, "ring", k, err, ret_ring);
}
