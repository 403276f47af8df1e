/** Names that other template languages have for the filters and tags of Liquid. */

/** Of Jinja, Twig, Handlebars, PHP and JavaScript; capitals and `_` do not matter. */
const FILTER_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    upcase: 'upper uppercase touppercase strtoupper ucase',
    downcase: 'lower lowercase tolowercase strtolower lcase',
    capitalize: 'title titlecase ucfirst ucwords capfirst',
    strip: 'trim',
    lstrip: 'ltrim trimleft trimstart',
    rstrip: 'rtrim trimright trimend',
    size: 'length len count strlen wordcount',
    slice: 'substr substring left mid',
    truncate: 'ellipsis abbreviate shorten limit',
    default: 'coalesce ifempty defaultifnone fallback',
    date: 'strftime formatdate dateformat todate datetime',
    ago: 'timeago fromnow humanize timesince relativetime',
    days: 'dayssince datediff daysago',
    money: 'currency formatcurrency moneyformat tocurrency',
    number: 'numberformat formatnumber tolocalestring tofixed floatformat',
    to_integer: 'int integer parseint intval',
    plus: 'add',
    minus: 'subtract sub',
    times: 'multiply mul',
    divided_by: 'divide div divideby',
    modulo: 'mod',
    where: 'filter selectattr select',
    reject: 'rejectattr',
    sort: 'sortby orderby order',
    group_by: 'groupby',
    uniq: 'unique distinct',
    join: 'implode',
    split: 'explode',
    push: 'add_to append_to',
    replace: 'replaceall gsub strreplace',
    escape: 'e h escapehtml htmlescape htmlspecialchars',
    json: 'tojson jsonencode stringify',
    newline_to_br: 'nl2br linebreaksbr',
    strip_html: 'striptags',
    url_encode: 'urlencode encodeuricomponent rawurlencode',
  }).flatMap(([own, others]) => others.split(' ').map((other) => [plain(other), own])),
);

const TAG_NAMES: Readonly<Record<string, string>> = {
  else_if: 'elsif',
  elif: 'elsif',
  set: 'assign',
  let: 'assign',
  var: 'assign',
  foreach: 'for',
  each: 'for',
  endforeach: 'endfor',
  endeach: 'endfor',
  switch: 'case',
  endswitch: 'endcase',
  print: 'echo',
  partial: 'render',
  import: 'render',
};

/** The filter that another language calls so. */
export function filterNamed(name: string): string | undefined {
  const key = plain(name);
  return Object.hasOwn(FILTER_NAMES, key) ? FILTER_NAMES[key] : undefined;
}

export function tagNamed(name: string): string | undefined {
  return Object.hasOwn(TAG_NAMES, name) ? TAG_NAMES[name] : undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
