SET LOCAL ROLE uvlm_owner;

-- Which version rules are newer than which others: an operator has adopted a topic's new log in the place of an earlier one, whose offsets say nothing about the new one's.
-- Every pair stands here, also the indirect ones. The collation is that of the columns they are compared with.
CREATE TABLE uvlm.log_succession (
    rule    text NOT NULL,
    follows text NOT NULL,
    PRIMARY KEY (rule, follows)
);

GRANT SELECT, INSERT, DELETE ON uvlm.log_succession TO uvlm_ingest;
