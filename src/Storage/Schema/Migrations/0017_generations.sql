SET LOCAL ROLE uvlm_owner;
