import csv from '../../../connectors/csv/index.ts';
import { describeConnector } from '../../../src/connector/testing/describe-connector.ts';
import { folderOf } from './temporary-folder.ts';

const people = `email,name,company,company.domain
jane@acme.example,Jane Doe,ACME GmbH,acme.example
joe@acme.example,Joe Bloggs,ACME GmbH,acme.example
MÜLLER@Bücher.example;o'brien@books.example,Max Müller,Bücher,bücher.example
`;
const deals = `email,name
jane@acme.example,Renewal
joe@acme.example,Upgrade
`;
const tickets = `email,subject
jane@acme.example,It is broken
joe@acme.example,How does it work?
`;

describeConnector('csv', async () => {
  const folder = await folderOf({
    'people.csv': people,
    'deals.csv': deals,
    'tickets.csv': tickets,
  });
  return {
    module: csv,
    settings: { file: 'people.csv', deals: 'deals.csv', tickets: 'tickets.csv' },
    baseDir: folder.path,
    known: {
      email: 'jane@acme.example',
      name: 'Jane Doe',
      companyName: 'ACME GmbH',
      deals: ['Renewal'],
      tickets: ['It is broken'],
    },
    manyKnown: ['jane@acme.example', 'joe@acme.example', "o'brien@books.example"],
    unknown: 'nobody@acme.example',
    storedInMixedCase: 'müller@xn--bcher-kva.example',
    companyDomain: { domain: 'acme.example', name: 'ACME GmbH' },
    unknownDomain: 'nowhere.example',
    close: () => folder.delete(),
  };
});
