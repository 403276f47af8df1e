/** What `--help` prints. */

const CONFIG_HELP = `  -c, --config FILE   the configuration; else $CRM_BRIDGE_CONFIG, else config/bridge.yaml,
                      else the demo that comes with the program
  -h, --help          this text
`;

export const OVERVIEW = `crm-bridge: shows chat agents in SnapEngage what your CRM knows about a visitor

Usage: crm-bridge [COMMAND] [OPTIONS]

  serve                 runs the service (the default)
  check [--live]        checks configuration and templates; --live also asks the CRMs
  lookup TENANT EMAIL   prints what an agent would see about this person
  key                   makes a key for a tenant
  schema                writes JSON Schemas of the configuration for editors

  crm-bridge COMMAND --help tells more.
  -v, --version         the version
`;

export const HELP = {
  serve: `crm-bridge serve [--config FILE]

Runs the service: the lookup route for SnapEngage, and the ops listener for you. Without a
configuration of your own it runs the demo: tenant "demo", key "demo", an embedded directory.

${CONFIG_HELP}
Signals: SIGHUP reads the configuration anew, SIGTERM and SIGINT end the service once the
lookups under way are answered, a second one ends it at once.
`,
  check: `crm-bridge check [--live] [--config FILE]

Checks the configuration, the templates and the files connections use. Every problem is printed
with file, line and column, and the exit code is 1; without problems it is 0.

      --live          also signs in to each CRM and says what is missing (scopes, fields)
${CONFIG_HELP}`,
  lookup: `crm-bridge lookup TENANT EMAIL [--trace] [--json] [--config FILE]

Prints exactly the text an agent would see about this person. When no CRM answered, standard error
says which and why, and the exit code is 1.

      --trace         adds each step with its time
      --json          the answer as JSON, for machines
${CONFIG_HELP}`,
  key: `crm-bridge key [--json]

Makes a key and prints it with its digest, sha256:…. The key goes into the URL you paste into
SnapEngage, the digest into the tenant's keys.

      --json          {"key":"…","digest":"sha256:…"}, for machines
  -h, --help          this text
`,
  schema: `crm-bridge schema [--out FOLDER]

Writes the JSON Schemas of the configuration, so that editors complete and check it.

      --out FOLDER    where to; config/schema when left out
  -h, --help          this text
`,
} as const;
