/* post.h: the worker's postman. After a commit that queued something it turns notices into mails
 * and hands what is due to egress, one message at a time; what became of it is written down. It
 * never makes a request wait, and a mail server that cannot be reached delays nothing but mail. */
#ifndef PROC_POST_H
#define PROC_POST_H

#include "guard/mail.h"
#include "proc/child.h"

/* name gives the agency's name in the transaction; it is what mail programs show. own: this is a
 * workspace, which may have switched on a mail server of its own; mail then leaves through that one
 * alone, else through the operator's, else it waits. */
typedef enum rc post_name_fn(struct rtx *tx, struct str *ret_name);
void post_init(struct child *c, struct store *s, post_name_fn *name, bool own);
/* Cheap when nothing was queued. After each request, command and tidying; what was queued is looked
 * at a tenth of a second later, when the reply is out, so that its time tells nothing. */
void post_look(void);
void post_channel(int fd);
void post_refused(void);
/* When the next message is due, for master to wake this worker; INSTANT_NONE: none waits. */
struct instant post_next(void);
bool post_is_busy(void); /* a message is on its way */

#endif
