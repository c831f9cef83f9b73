-- 0023-second-address: notices go to two addresses, so that losing one mailbox silences none (AUTH-07).

-- one more address for notices, which the person entered and confirmed; '' when there is none
ALTER TABLE "user" ADD COLUMN second_email text(254) NOT NULL DEFAULT '';
