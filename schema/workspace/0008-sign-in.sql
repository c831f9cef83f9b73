-- 0008-sign-in: what the agency tightens about signing in (SES-03, AUTH-11).

-- minutes after which a session at rest ends
ALTER TABLE setting ADD COLUMN idle_limit int NOT NULL DEFAULT 60 CHECK (idle_limit >= 5 AND idle_limit <= 60);

-- hours after which any session ends
ALTER TABLE setting ADD COLUMN life_limit int NOT NULL DEFAULT 12 CHECK (life_limit >= 1 AND life_limit <= 12);

-- codes count in their own 30 seconds only
ALTER TABLE setting ADD COLUMN strict_codes flag NOT NULL DEFAULT 0;
