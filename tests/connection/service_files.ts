/** Contents of a service file, and what libpq takes of it for service "s". */
export const SERVICE_FILES:
  readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["[s]\nhost=a\nport=1", { host: "a", port: "1" }],
    ["[r]\nhost=x\n[s]\nhost=a\n[t]\nhost=y", { host: "a" }],
    ["# c\n\n  [s]  \n  host=a  \r\n# host=b\n", { host: "a" }],
    ["[s]\nhost=a\nhost=b", { host: "a" }],
    ["[s]\n[s]\nhost=b", {}],
    ["[s]\noptions=-c a=b", { options: "-c a=b" }],
    ["[s]\npassword= x", { password: " x" }],
    ["[s]\npassword=", { password: "" }],
    ["[s] trailing\nhost=a", { host: "a" }],
    // What stands before the section is not looked at.
    ["nonsense\n[s]\nhost=a", { host: "a" }],
  ];

/** Contents that libpq refuses, and why. */
export const REFUSED_SERVICE_FILES: readonly (readonly [string, string])[] = [
  ["[s]\nnonsense", "line 2 of the service file that servicefile names"],
  ["[s]\n=x", "line 2 of the service file that servicefile names"],
  ["[s]\n\nservice=t", "line 3 of the service file that servicefile names"],
  ["[s]\nservicefile=t", "line 2 of the service file that servicefile names"],
  ["[s]\nldap://x", "LDAP is not supported"],
  ["[ss]\nhost=a\n", "no section in the service file that servicefile names"],
];
