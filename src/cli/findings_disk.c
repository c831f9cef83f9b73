/* findings_disk.c: what doctor sees of the disks below an installation: room, whether they keep all
 * twice, and what they say of themselves. */
#include "cli/findings.h"
#include "proc/disks.h"

static void
room(struct findings *f, const struct room *r)
{
    const int free = room_percent(r);
    const enum finding_state s = room_is_low(r)             ? FINDING_BAD
                                 : free < ROOM_WARN_PERCENT ? FINDING_WARN
                                                            : FINDING_GOOD;
    char percent[24];
    (void)snprintf(percent, sizeof percent, "%d", free);
    if (s == FINDING_BAD) {
        FINDING(f, "disk", s, T_doctor_disk_full, percent);
    } else if (s == FINDING_WARN) {
        FINDING(f, "disk", s, T_doctor_disk_filling, percent);
    } else {
        FINDING(f, "disk", s, T_doctor_disk, percent);
    }
}

static void
mirror(struct findings *f, const struct disk_state *d)
{
    static const char *const kinds[] = {
        [DISK_PLAIN] = "", [DISK_BTRFS] = "btrfs", [DISK_MD] = "md", [DISK_ZFS] = "ZFS"};
    const char *kind = kinds[d->kind];
    char n[24];
    if (d->kind == DISK_ZFS && d->state[0] != '\0') {
        FINDING(f, "disk.mirror", d->missing > 0 ? FINDING_BAD : FINDING_GOOD, T_doctor_disk_pool,
                d->name, d->state);
        return;
    }
    if (d->missing > 0) {
        (void)snprintf(n, sizeof n, "%lld", (long long)d->missing);
        FINDING(f, "disk.mirror", FINDING_BAD, T_doctor_disk_missing, d->name, kind, n);
    } else if (d->twice) {
        FINDING(f, "disk.mirror", FINDING_GOOD, T_doctor_disk_twice, d->name, kind);
    } else if (d->name[0] == '\0') {
        FINDING(f, "disk.mirror", FINDING_WARN, T_doctor_disk_none);
    } else {
        FINDING(f, "disk.mirror", FINDING_WARN, T_doctor_disk_once, d->name);
    }
    if (d->errors > 0) {
        (void)snprintf(n, sizeof n, "%lld", (long long)d->errors);
        FINDING(f, "disk.errors", FINDING_BAD,
                d->kind == DISK_BTRFS ? T_doctor_disk_errors_btrfs : T_doctor_disk_errors, d->name,
                n, f->c->dir);
    }
}

/* A disk that is only somebody's file has nothing to say. */
static bool
is_real(const char *device)
{
    return strncmp(device, "sd", 2) == 0 || strncmp(device, "nvme", 4) == 0;
}

/* Behind the walls of packaging/kontor.service no disk is seen: the look of kontor-doctor.timer has
 * told the console of it, and that stays. */
static void
devices(struct findings *f, const struct disk_state *d)
{
    for (int i = 0; i < d->n_devices; i++) {
        const enum smart says = disk_smart("", d->device[i]);
        if (says == SMART_FAILING) {
            FINDING(f, "disk.smart", FINDING_BAD, T_doctor_disk_failing, d->device[i]);
        } else if (says == SMART_GOOD) {
            FINDING(f, "disk.smart", FINDING_GOOD, T_doctor_disk_smart, d->device[i]);
        } else if (f->record != NULL) {
            f->is_smart_unseen = true;
        } else if (is_real(d->device[i])) {
            FINDING(f, "disk.smart", FINDING_WARN, T_doctor_disk_silent, d->device[i]);
        }
    }
}

void
findings_of_disks(struct findings *f)
{
    struct disk_state d;
    if (disk_look("", f->c->dir, &d)) {
        room(f, &d.room);
        mirror(f, &d);
        devices(f, &d);
    }
}
