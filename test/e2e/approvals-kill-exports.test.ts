import { describeDeaths } from './approvals-deaths';

jest.setTimeout(280_000);

/** All exports of a cluster are in one entry, so that trials at one pair would change it for each other. */
describeDeaths({
  writes: [
    ['export', ['PUT /v1/config']],
    ['unexport', ['PUT /v1/config']],
  ],
  reads: ['export', 'unexport'],
  pairs: 3,
  atOnce: 1,
});
