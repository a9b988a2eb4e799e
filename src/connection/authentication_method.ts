const METHODS = ["none", "password", "md5", "scram-sha-256"] as const;

/** A supported authentication method, under libpq's name; `none` stands for none. */
export type AuthenticationMethod = typeof METHODS[number];

/** The methods that the user accepts. */
export type RequireAuth = ReadonlySet<AuthenticationMethod>;

/** All methods: whatever the server requests. */
export const ALL_METHODS: RequireAuth = new Set(METHODS);
