/* proof.h: what was typed survives the question for a fresh proof (AUTH-18), also without script.
 * A form that wants one and has none is answered with a page that asks for the password or a
 * passkey and carries the form along, token and all; then a page with one button sends it on.
 * Nothing is kept on the server, and the form is judged anew, like any other. */
#ifndef HTTP_PROOF_H
#define HTTP_PROOF_H

#include "http/reply.h"

enum { PROOF_KEPT_MAX = 128 * 1024, PROOF_BODY_MAX = 512 * 1024 }; /* of a form carried along */

/* Sent to /konto/nachweis. kept_to and kept: the form that waits, its address and its fields. */
struct proof_form {
    struct str password, next, kept_to, kept;
};
extern const struct form_def proof_form_def;

/* A checked form without a fresh proof, as the page that asks for one carries it along (serve.h,
 * prove). What cannot be carried (a secret, a file, too much) is typed again: then the page that
 * shows the form comes back after the proof, RC_MISSING here. */
MUST enum rc proof_keep(struct req *rq, struct proof_form *ret);
/* The answer to a proof: the button, or RC_MISSING when no form waits. */
MUST enum rc proof_go_on(struct req *rq, const struct proof_form *f);

#endif
