/** Supported keywords that have an environment variable. */
export const WITH_VARIABLE: readonly string[] = [
  "host",
  "hostaddr",
  "port",
  "dbname",
  "user",
  "password",
  "passfile",
  "service",
  "servicefile",
  "target_session_attrs",
  "load_balance_hosts",
  "sslmode",
  "sslnegotiation",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "sslcertmode",
  "sslsni",
  "ssl_min_protocol_version",
  "ssl_max_protocol_version",
  "channel_binding",
  "require_auth",
  "application_name",
  "connect_timeout",
  "options",
];

/** Supported keywords without an environment variable. */
export const WITHOUT_VARIABLE: readonly string[] = [
  "sslpassword",
  "fallback_application_name",
  "keepalives",
  "keepalives_idle",
];

/** All supported keywords. */
export const KNOWN_KEYWORDS: readonly string[] = [
  ...WITH_VARIABLE,
  ...WITHOUT_VARIABLE,
];
