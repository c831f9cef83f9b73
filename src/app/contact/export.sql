-- Contacts as a file: one row for each person with the address and the company; an address without
-- persons and a company without addresses have a row of their own.

-- export_rows :each
-- what a list shows, by name; persons_flag: the list of persons, else the one of companies
SELECT c.id AS company_id, a.id AS address_id, p.id AS person_id,
       c.name, c.code, c.status, c.tags, c.comments, c.rate_discount, c.rate, c.price_group,
       c.payment_days, c.cash_discount, c.cash_discount_days, a.name1, a.name2, a.name3,
       a.address_name, a.street, a.street_no, a.postal_code, a.city, a.country,
       a.company_email, a.company_phone, a.comments AS address_comments, a.tags AS
       address_tags, a.tax_no, a.duns_no, a.gln_no, a.supplier_no, a.ledger_no,
       a.invoice_email, a.no_invoice_email, a.mandate_reference, a.mandate_day, a.iban,
       a.bic, a.bank_name, a.account_owner, a.reverse_charge, a.third_country,
       a.active AS address_active, p.title, p.first_name, p.last_name,
       p.position, p.department, p.email, p.email2, p.phone, p.fax, p.mobile,
       p.phone_private, p.mobile_private, p.street_private, p.street_no_private,
       p.postal_code_private, p.city_private, p.country_private, p.use_private_for_csv,
       p.messenger, p.social_media, p.website, p.comments AS person_comments, p.birthday,
       p.filter_1, p.filter_2, p.filter_3, p.filter_4, p.filter_5, p.filter_6, p.filter_7,
       p.filter_8, p.filter_9, p.filter_10, p.active AS person_active
FROM company c
LEFT JOIN address a ON a.company_id = c.id
LEFT JOIN person p ON p.address_id = a.id
WHERE (:any_flag = 1 OR c.status = :status)
  AND (:tag_key = '' OR EXISTS (SELECT 1 FROM company_tag t
                                WHERE t.company_id = c.id AND t.tag_key = :tag_key))
  AND (:persons_flag = 0 OR (p.id IS NOT NULL AND (:inactive_flag = 1 OR p.active = 1)))
  AND (:mark_count = 0 OR CASE :mark_count
       WHEN 1 THEN p.filter_1 WHEN 2 THEN p.filter_2 WHEN 3 THEN p.filter_3 WHEN 4 THEN p.filter_4
       WHEN 5 THEN p.filter_5 WHEN 6 THEN p.filter_6 WHEN 7 THEN p.filter_7 WHEN 8 THEN p.filter_8
       WHEN 9 THEN p.filter_9 WHEN 10 THEN p.filter_10 ELSE 0 END = 1)
  AND NOT EXISTS (
      SELECT 1 FROM (SELECT :like1_text AS w UNION ALL SELECT :like2_text
                     UNION ALL SELECT :like3_text UNION ALL SELECT :like4_text) k
      WHERE k.w <> '' AND NOT (
          c.search_text LIKE k.w ESCAPE '\'
          OR (:persons_flag = 1 AND p.search_text LIKE k.w ESCAPE '\')
          OR (:persons_flag = 0
              AND (EXISTS (SELECT 1 FROM address b
                           WHERE b.company_id = c.id AND b.search_text LIKE k.w ESCAPE '\')
                   OR EXISTS (SELECT 1 FROM person q
                              WHERE q.company_id = c.id AND q.search_text LIKE k.w ESCAPE '\')))))
ORDER BY c.name_key, c.id, a.id, p.name_key, p.id;
