/** The package `email-providers` brings no types: a list of domains, lower case, a few not ASCII. */
declare module 'email-providers' {
  const domains: readonly string[];
  export default domains;
}
