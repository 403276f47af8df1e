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

  crm-bridge COMMAND --help shows the options of a command.
  -v, --version         the version
`;

export const HELP = {
  serve: `crm-bridge serve [--exit-with-stdin] [--config FILE]

Runs the service: the lookup route for SnapEngage, and the ops listener for operators. Without a
configuration file it runs the demo: tenant "demo", key "demo", an embedded directory.

      --exit-with-stdin
                      also ends, as by SIGTERM, when its standard input ends: for a program
                      that starts it through a pipe, so that it does not outlive that program
${CONFIG_HELP}
Signals: SIGHUP reloads the configuration. SIGTERM, SIGINT and SIGQUIT end the service once the
lookups in flight are answered. Signals within 2 seconds count once, since npm and process
managers pass on what the service has got, too; a second signal after that ends the service at once.
`,
  check: `crm-bridge check [--live] [--config FILE]

Checks the configuration, the templates and the files that connections use. Prints every problem
with file, line and column and exits with 1, or with 0 if there are none.

      --live          also signs in to each CRM and lists what is missing (scopes, fields), and
                      joins the Redis of \`shared\`
${CONFIG_HELP}`,
  lookup: `crm-bridge lookup TENANT EMAIL [--at TIME] [--as OUTCOME] [--trace] [--json] [--config FILE]

Prints exactly the text an agent would see about this person. If no CRM answered, prints which and
why to standard error and exits with 1.

      --at TIME       as at that time on the tenant's clock, such as 2026-11-24T14:05
      --as OUTCOME    as another outcome: found, stale, not_found, no_email, unavailable
      --trace         adds each step with its duration
      --json          the answer as JSON
${CONFIG_HELP}`,
  key: `crm-bridge key [--json]

Makes a key and prints it with its digest, sha256:…. Put the key into the URL for SnapEngage and
the digest into the tenant's keys.

      --json          {"key":"…","digest":"sha256:…"}
  -h, --help          this text
`,
  schema: `crm-bridge schema [--out FOLDER]

Writes the JSON Schemas with which editors complete and check the configuration.

      --out FOLDER    the folder to write to; config/schema by default
  -h, --help          this text
`,
} as const;
