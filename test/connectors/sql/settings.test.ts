import { expect } from 'chai';
import sql from '../../../connectors/sql/index.ts';
import { parseUrl } from '../../../connectors/sql/settings.ts';

describe('the settings of the sql connector', () => {
  it('take a file of SQLite after "sqlite:" with and without "//"', () => {
    for (const [url, file] of [
      ['sqlite:shop.db', 'shop.db'],
      ['sqlite://shop.db', 'shop.db'],
      ['sqlite:///data/shop.db', '/data/shop.db'],
      ['sqlite:/data/shop.db', '/data/shop.db'],
    ] as const)
      expect(parseUrl(url, undefined)).to.deep.equal({ dialect: 'sqlite', host: file });
  });

  for (const [what, url, words] of [
    [
      'a line of an .env file',
      'DATABASE_URL=postgres://me:hunter22@db/crm',
      /line of an .env file/,
    ],
    ['quotes', '"postgres://me:hunter22@db/crm"', /quotes around it/],
    ['curly quotes', '“postgres://me:hunter22@db/crm”', /quotes around it/],
  ] as const) {
    it(`explain a URL pasted with ${what} without quoting it`, async () => {
      const person = 'select mail as key from people where mail in (:emails)';
      const { issues = [] } = await sql.settings['~standard'].validate({ url, person });
      expect(issues.map(({ path }) => path)).to.deep.equal([['url']]);
      expect(issues[0]?.message).to.match(words).and.not.include('hunter22');
    });
  }
});
