/* wire.h: every message type and field tag between Kontor's processes, in one place. Who may send
 * what to whom is in the comment; a receiver answers an unexpected type by ending the channel. */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

enum wire {
    /* master <-> every child, on descriptor 3 (control) */
    W_READY = 1,   /* child -> master: started, W_F_LEVEL and W_F_PROBE say what the sandbox holds;
                      W_F_RC: of a state that it was to put back and could not */
    W_STOP = 2,    /* master -> child: finish what is running, then exit 0 */
    W_CHANNEL = 3, /* master -> child: a new channel comes along as fd; W_F_KIND says to whom,
                      W_F_HOST/W_F_WORKSPACE for which */
    W_REFUSED = 4, /* master -> child: answer to W_OPEN/W_NEED; W_F_CODE says why */
    W_RELOAD = 5,  /* master -> signer: certificates changed; signer -> master: in use (W_ERROR: the
                      old ones stay); then master -> edges */
    W_CLOCK = 6,   /* master -> child: W_F_STATE, how far the clock may be believed (enum
                      time_trust); in test builds also W_F_TIME, the clock to show from now on;
                      child -> master: it does (the same id) */
    W_CONFIG = 7,  /* master -> child, the very first message: pairs of W_F_NAME and W_F_BODY, the
                      settings this process may know ("base_domain", "slug", "origin", …) */
    W_ALIVE = 8,   /* master -> child: a sign of life, please; the child answers the same */
    /* edge -> master */
    W_OPEN = 10, /* W_F_HOST: a channel to the workspace of this host name, please. Answered with
                    W_CHANNEL (W_F_KIND WK_WORKER, the same W_F_HOST, W_F_WORKSPACE) or W_REFUSED
                    (the same W_F_HOST, W_F_CODE "missing": no such name or locked; "store.damaged":
                    its data cannot be read; else: later) */
    W_LATE = 14, /* W_F_HOST, W_F_WORKSPACE: a request that this worker has passed its deadline; or
                    W_F_KIND WK_SIGNER: the signer does not answer. Master looks who hangs */
    /* worker -> master */
    W_NEED = 11, /* W_F_KIND: a channel to a hash or press process (or keymgr again) */
    W_IDLE = 12, /* worker -> master: nothing for 10 minutes; master answers W_STOP, and wakes it
                    again at W_F_TIME (instant; 0: need not be) */
    /* registrar -> master */
    W_HOSTS = 13, /* the whole table of hosts comes along (proc/host_table.h) */
    /* edge -> worker, worker -> edge; one W_REQUEST gets one W_REPLY with the same id */
    W_REQUEST = 20,
    W_GOT = 21, /* worker -> edge: received (an unacknowledged request may be sent again) */
    W_REPLY = 22,
    /* worker <-> keymgr (the channel is bound to one workspace; ids cannot be named) */
    W_KEY_PAGE = 30,   /* -> W_F_KEY: the 32-byte page key, once per channel; W_F_KEY_NEXT: the one
                          that   shall take its place */
    W_KEY_SEAL = 31,   /* W_F_PURPOSE, W_F_AD, W_F_PLAIN -> W_F_SEALED */
    W_KEY_UNSEAL = 32, /* W_F_PURPOSE, W_F_AD, W_F_SEALED -> W_F_PLAIN (purposes that allow it) */
    W_KEY_CHECK =
        33, /* W_F_PURPOSE, W_F_AD, W_F_SEALED, W_F_PLAIN -> W_F_OK: equal in constant time */
    W_KEY_TOTP =
        34, /* W_F_AD, W_F_SEALED, W_F_CODE_TEXT, W_F_TIME, W_F_WINDOW -> W_F_STEP or none */
    W_KEY_MAC = 35, /* W_F_PURPOSE, W_F_PLAIN -> W_F_MAC (32 bytes): device cookies, CSRF */
    /* master -> keymgr on its control channel */
    W_KEY_BIND = 36, /* fd + W_F_WORKSPACE, W_F_ROLE: bind this channel to this workspace */
    W_KEY_NEW = 37,  /* W_F_WORKSPACE: make a data key for a new workspace */
    W_KEY_DROP = 38, /* W_F_WORKSPACE: destroy it */
    /* worker -> keymgr again */
    W_KEY_TURNED = 39, /* the store is under the next page key: that one counts from now on */
    W_KEY_KEPT = 48,   /* it cannot be copied under it: the present one stays */
    W_KEY_VERIFY = 44, /* W_F_KEY (x ‖ y), W_F_DIGEST (32), W_F_SIGNATURE (r ‖ s) -> W_F_OK: ECDSA
                          P-256 of a passkey; no key of ours takes part */
    /* worker --role backup <-> keymgr; its channel has these, the page key, and nothing else */
    W_KEY_ARCHIVE = 45, /* -> W_F_KEY (public key of operations), W_F_SIGNER (of the signature) */
    W_KEY_SIGN = 46,    /* W_F_PLAIN (the 56 bytes that an archive's signature is over) ->
                           W_F_SIGNATURE (64) */
    /* worker --role drill and restore <-> keymgr: the keys of archives, and one of them opened; a
       drill signs what it found (56 bytes with a label of their own) and has no page key */
    W_KEY_OPEN = 47, /* W_F_KEY (public key of operations), W_F_SEALED (80 bytes of the archive's
                        header) -> W_F_KEY (its data key), once per channel */
    /* edge <-> signer */
    W_SIGN = 40, /* W_F_KEY (as W_CERT gave it), W_F_DIGEST -> W_F_SIGNATURE (ECDSA, DER) */
    W_CERT = 41, /* W_F_HOST -> W_F_CERT (PEM chain, leaf first), W_F_KEY (id of its key, 32 bytes),
                    W_F_OK (1: names this host, 0: the default) */
    /* worker <-> hash process, worker <-> press */
    W_HASH = 50, /* W_F_PLAIN (password), W_F_SALT, W_F_OPS, W_F_MEM -> W_F_TAG (32 bytes) */
    W_QR = 51,   /* W_F_PLAIN (text) -> W_F_BODY (PNG) */
    /* worker <-> egress */
    W_MAIL = 55, /* W_F_NAME (address), W_F_BODY (the message) -> W_F_RC, W_F_DETAIL (the server's
                    last line) or W_F_CODE (why it did not come to one), W_F_STATE (how the way was
                    encrypted). Through the workspace's own server: also W_F_TARGET, W_F_HOST,
                    W_F_PORT, W_F_LOGIN, W_F_FROM, W_F_SEALED (its password, KP_TARGET); W_F_RC is
                    RC_DENIED when it may not be reached */
    /* worker <-> master: what one workspace may ask about itself (proc/asks.h); master says whose
       it is */
    W_ASK = 56,  /* W_F_NAME, W_F_BODY (a month, a state, a key), W_F_ORDER, W_F_VERSION, W_F_TOTAL,
                    W_F_LOGIN: as that name wants them; the registrar's are in proc/releases.h */
    W_TOLD = 57, /* the answer to a question: W_F_BODY (JSON; {"fault": code} when there is none) */
    /* kontor (CLI) <-> master <-> worker: one command, JSON in and out */
    W_COMMAND = 60, /* W_F_WORKSPACE, W_F_NAME ("user.add"), W_F_BODY (JSON object); "key.…" goes to
                       keymgr, some with a descriptor (key_admin.h); key.adopt: to master, with the
                       file that now has the master key's place */
    W_RESULT = 61,   /* W_F_RC, W_F_BODY (JSON) or W_F_CODE and W_F_DETAIL. Of worker --role backup:
                        W_F_BODY_SIZE (bytes of the archive), W_F_DIGEST (its hash) */
    W_PROGRESS = 62, /* worker --role backup -> master: W_F_DONE, hundredths of the store in the
                        archive. Of a writer before W_READY, without a field: it will take long */
    /* any answer that is an error */
    W_ERROR = 90 /* W_F_RC, W_F_CODE (name), W_F_DETAIL. Of a worker that cannot start also
                    W_F_STATE: RC of a state that it was to put back, as with W_READY */
};

enum wire_field {
    W_F_LEVEL = 1,
    W_F_PROBE,
    W_F_KIND,
    W_F_HOST,
    W_F_WORKSPACE,
    W_F_STATE,
    W_F_CODE,
    W_F_TIME,
    W_F_DONE,
    W_F_RC,
    W_F_DETAIL,
    W_F_NAME,
    W_F_BODY,
    W_F_SLUG,
    W_F_ROLE,
    /* request and reply */
    W_F_METHOD = 30, /* "GET", "POST", … */
    W_F_PATH,        /* raw path, percent-encoded as it came, checked by the edge */
    W_F_QUERY,       /* raw query without '?' */
    W_F_HEADER,      /* "name: value", lower-case name; only those of the edge's allow-list */
    W_F_CLIENT,      /* client address in text form */
    W_F_BODY_SIZE,   /* i64; with an fd the body is in it, else in W_F_BODY */
    W_F_STATUS,      /* i64 */
    W_F_ROUTE,       /* route pattern, for the log */
    W_F_DEADLINE,    /* i64 monotonic µs */
    W_F_BASE_URL,    /* "https://nord.localhost:8443": own origin as configured */
    W_F_SECURE,      /* i64 1: came over TLS */
    /* keys */
    W_F_KEY = 60,
    W_F_PURPOSE,
    W_F_AD,
    W_F_PLAIN,
    W_F_SEALED,
    W_F_OK,
    W_F_CODE_TEXT,
    W_F_WINDOW,
    W_F_STEP,
    W_F_MAC,
    W_F_DIGEST,
    W_F_SIGNATURE,
    W_F_CERT,
    W_F_SALT,
    W_F_OPS,
    W_F_MEM,
    W_F_TAG,
    W_F_KEY_NEXT,
    W_F_SIGNER,
    /* mail through a workspace's own server */
    W_F_TARGET = 90, /* i64: number of its row */
    W_F_PORT,        /* i64 */
    W_F_LOGIN,
    W_F_FROM,
    /* copies of backups */
    W_F_TARGET_NAME = 100, /* "target1", or "backup" */
    /* what a workspace asks */
    W_F_ORDER,   /* i64: number of its order */
    W_F_VERSION, /* i64: of the price table */
    W_F_TOTAL,   /* i64: what was shown, in cents */
    /* W_REPLY whose fd is a file on the disk, open to read: from where, for W_F_BODY_SIZE bytes;
     * with W_F_KEY they are those of what lies in it sealed (base/sealed.h) */
    W_F_OFFSET
};

/* Whom a channel leads to (W_F_KIND). */
enum wire_kind {
    WK_EDGE = 1,
    WK_WORKER,
    WK_KEYMGR,
    WK_SIGNER,
    WK_HASH,
    WK_PRESS,
    WK_COMMAND,
    WK_EGRESS,
    WK_MASTER, /* no channel: the control channel itself */
    WK_TARGET  /* to keymgr, for egress: opens what W_F_WORKSPACE sealed for its targets */
};

/* W_F_STATE of a host row. */
/* WH_ENDED: as locked, and its data are to be destroyed, or are. */
enum wire_host_state { WH_ACTIVE = 1, WH_NEW = 2, WH_LOCKED = 3, WH_ENDED = 4 };

/* What a key is for (W_F_PURPOSE); each has its own derived key (KEY-02). */
enum key_purpose {
    KP_PASSWORD = 1, /* seal the Argon2 tag; W_KEY_CHECK only, never unsealed */
    KP_TOTP = 2,     /* seal a TOTP secret; used inside keymgr only, unsealed never */
    KP_RECOVERY = 3, /* seal a recovery code's tag; W_KEY_CHECK only */
    KP_DEVICE = 4,   /* MAC of device cookies */
    KP_CSRF = 5,     /* MAC of form tokens */
    KP_SECRET = 6,   /* seal integration secrets; may be unsealed by the worker */
    KP_TARGET = 7    /* seal the secret of an outbound target; unsealed by egress only */
};

/* Workspace 0 is system.db (the registrar). */

#endif
