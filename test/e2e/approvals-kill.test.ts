import { describeDeaths } from './approvals-deaths';

jest.setTimeout(280_000);

describeDeaths({
  writes: [
    ['token', ['POST /v1/peering/token', 'POST /api/views.update', 'POST /api/chat.update']],
    ['connect', ['POST /v1/peering/token', 'POST /v1/peering/establish', 'POST /api/chat.update']],
    ['connect-pending', ['POST /v1/peering/token', 'POST /v1/peering/establish']],
    ['connect-refused', ['DELETE /v1/peering/:name', 'POST /v1/peering/establish']],
  ],
  reads: ['token', 'connect'],
  pairs: 1,
  atOnce: 9,
});
