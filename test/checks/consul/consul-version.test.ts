import { exampleAgent, exampleServer } from '../../../src/checks/examples/parts';
import { checkTable, type Changes, type Row } from '../check-table';
import { hidden, partial } from '../world';

const version = (text: string): Changes => ({
  servers: [exampleServer({ node: 'server-2', version: text })],
});

const agent = (NodeName: string, Version: string): Changes => ({
  agent: exampleAgent({ Config: { ...exampleAgent().Config, NodeName, Version } }),
});

checkTable(
  'consul-version',
  [
    ...['1.14.0', '1.14.11+ent', '1.20.1', '1.22.0-dev', '2.0.0', 'v1.15.2', '2.1', '1.14'].map(
      (text): Row => [`a server runs ${text}`, version(text), 'pass'],
    ),
    ...['1.13.9', '1.9.0', '0.9.4', '0.14.1', '1.13.0+ent'].map(
      (text): Row => [`a server runs ${text}`, version(text), 'fail', ['error', 'server server-2']],
    ),
    ...['', 'next', '<b>1.20</b>', '1.20x'].map(
      (text): Row => [`a server runs ${JSON.stringify(text)}`, version(text), 'unknown'],
    ),
    [
      'two servers are old, between them one that is not',
      {
        servers: [
          exampleServer({ node: 'server-1', version: '1.13.9' }),
          exampleServer({ node: 'server-2' }),
          exampleServer({ node: 'server-3', version: '1.13.8' }),
        ],
      },
      'fail',
      ['error', 'server server-1'],
      ['error', 'server server-3'],
    ],
    [
      'a server is old, and another has no version',
      {
        servers: [
          exampleServer({ node: 'server-1', version: '' }),
          exampleServer({ node: 'server-2', version: '1.13.9' }),
        ],
      },
      'fail',
      ['error', 'server server-2'],
    ],
    [
      'the answering agent is old, and no server',
      agent('client-9', '1.13.2'),
      'fail',
      ['error', 'agent client-9'],
    ],
    ['the answering agent is new, and no server', agent('client-9', '1.20.1'), 'pass'],
    [
      'the answering agent is a server that is old: named once',
      { ...agent('server-1', '1.13.2'), servers: [exampleServer({ version: '1.13.2' })] },
      'fail',
      ['error', 'server server-1'],
    ],
    [
      'the answering agent is the second of two servers, and old: named once',
      {
        ...agent('server-2', '1.13.2'),
        servers: [exampleServer(), exampleServer({ node: 'server-2', version: '1.13.2' })],
      },
      'fail',
      ['error', 'server server-2'],
    ],
    ['the version has blanks around it', version(' 1.20.1 '), 'pass'],
    ['there are no servers', { servers: [] }, 'unknown'],
    ['some servers are not visible', { servers: partial([exampleServer()]) }, 'unknown'],
    ['no server is visible', { servers: hidden() }, 'unknown'],
    ['the agent is not visible', { agent: hidden() }, 'unknown'],
    [
      'some servers are not visible, and a visible one is old',
      { servers: partial([exampleServer({ version: '1.13.2' })]) },
      'fail',
      ['error', 'server server-1'],
    ],
  ],
  { skip: 'every cluster runs some version of Consul' },
);
