/** Everything that passed between the workspace and the app, for tests that look for what must not be there. */

export interface Exchange {
  readonly at: number;
  /** Who called whom. */
  readonly from: 'app' | 'slack';
  /** `chat.postMessage`, `response_url`, `upload`, `slash_commands`, `interactive`, `events_api`, … */
  readonly what: string;
  /** As sent: a form or JSON body, an envelope. */
  readonly request: string;
  /** As answered; empty where there was no answer. */
  response: string;
  status: number;
}

export interface Traffic {
  readonly all: readonly Exchange[];
  readonly record: (exchange: Exchange) => Exchange;
  /** The exchanges that hold the text, however it was escaped: in a form, in JSON, or in JSON within a form. */
  readonly find: (text: string) => readonly Exchange[];
  /** The calls of one Web API method, oldest first. */
  readonly calls: (what: string) => readonly Exchange[];
}

/** A body as it was sent and, where it is a form, as its reader sees it. */
const readings = (body: string): readonly string[] => {
  try {
    return [body, decodeURIComponent(body.replaceAll('+', ' '))];
  } catch {
    return [body];
  }
};

export const createTraffic = (changed: () => void): Traffic => {
  const all: Exchange[] = [];
  return {
    all,
    record: (exchange) => {
      all.push(exchange);
      changed();
      return exchange;
    },
    find: (text) => {
      const escaped = JSON.stringify(text).slice(1, -1);
      return all.filter((exchange) =>
        [exchange.request, exchange.response]
          .flatMap(readings)
          .some((reading) => reading.includes(text) || reading.includes(escaped)),
      );
    },
    calls: (what) => all.filter((exchange) => exchange.what === what),
  };
};
