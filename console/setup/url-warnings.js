/** Ports that callers on Google's App Engine reach. */
const PORT_RANGES = [
  [80, 90],
  [440, 450],
  [1024, 65_535],
];

/** @returns {readonly string[]} why SnapEngage may not reach the URL, and what to do. */
export function warningsFor({ publicUrl, listenerUrl, isLimitedToNetworks }) {
  const warnings = [];
  const url = URL.parse(publicUrl ?? listenerUrl ?? '');
  if (publicUrl === undefined) {
    warnings.push(
      'server.publicUrl is not set, so this is where the process listens, which SnapEngage hardly reaches. Set it to the HTTPS address that leads here from outside.',
    );
  }
  if (url?.protocol === 'http:') {
    warnings.push(
      "This address is not HTTPS: the key and the visitors' addresses would travel in the clear. Put a proxy with a certificate in front.",
    );
  }
  const port = Number(url?.port ?? '') || undefined;
  if (port !== undefined && !PORT_RANGES.some(([low, high]) => port >= low && port <= high)) {
    warnings.push(`SnapEngage may not reach port ${port}. Use 443.`);
  }
  if (isLimitedToNetworks) {
    warnings.push(
      'allowFrom lets only some networks in. SnapEngage calls from shared Google addresses that change, so its requests may be refused.',
    );
  }
  return warnings;
}
