import { describeDeaths } from './approvals-deaths';

jest.setTimeout(280_000);

/** Requests about a peering in use. */
describeDeaths({
  writes: [
    ['disconnect', ['DELETE /v1/peering/:name', 'POST /api/chat.update']],
    ['renew', ['POST /v1/peering/token', 'POST /v1/peering/establish', 'POST /api/chat.update']],
  ],
  reads: ['disconnect', 'renew'],
  pairs: 2,
  atOnce: 5,
});
