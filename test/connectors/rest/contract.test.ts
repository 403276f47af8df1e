import rest from '../../../connectors/rest/index.ts';
import { describeConnector } from '../../support/describe-connector.ts';
import { preparePeopleApi } from '../../support/people-api-server.ts';

describeConnector('rest', async () => {
  const prepared = await preparePeopleApi();
  return {
    ...prepared,
    module: rest,
    settings: {
      baseUrl: prepared.settings['baseUrl'],
      auth: { bearer: prepared.settings['token'] },
      person: {
        get: 'people',
        query: { email: '{{ email }}' },
        match: 'email',
        map: { id: 'id', name: 'fullName', 'company.name': 'employer' },
      },
    },
  };
});
