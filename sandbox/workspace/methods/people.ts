import { textOf } from '../blocks/schema';
import { refuse } from '../content';
import { appId, botId, people, team } from '../people';
import { userJson } from '../present';
import { type Method, needScope, ok, page } from './context';

const authTest: Method = (_args, context) =>
  ok({
    url: `${context.origin}/`,
    team: team.name,
    team_id: team.id,
    user: people.bot.name,
    user_id: people.bot.id,
    bot_id: botId,
    app_id: appId,
    is_enterprise_install: false,
  });

const userInfo: Method = (args, context) => {
  const user = context.state.users.get(textOf(args['user']));
  return (
    needScope(context, 'users:read') ??
    (user ? ok({ user: userJson(context.state, user) }) : refuse('user_not_found'))
  );
};

const userList: Method = (args, context) => {
  const scope = needScope(context, 'users:read');
  if (scope) return scope;
  const { rows, metadata } = page([...context.state.users.values()], args);
  return ok({
    members: rows.map((user) => userJson(context.state, user)),
    response_metadata: metadata,
  });
};

const usergroupList: Method = (args, context) => {
  const scope = needScope(context, 'usergroups:read');
  if (scope) return scope;
  const withUsers = textOf(args['include_users']) === 'true';
  return ok({
    usergroups: [...context.state.usergroups.values()].map((group) => ({
      id: group.id,
      team_id: team.id,
      is_usergroup: true,
      name: group.name,
      handle: group.handle,
      user_count: group.users.length,
      ...(withUsers ? { users: group.users } : {}),
    })),
  });
};

const usergroupUsers: Method = (args, context) => {
  const scope = needScope(context, 'usergroups:read');
  if (scope) return scope;
  const group = context.state.usergroups.get(textOf(args['usergroup']));
  return group ? ok({ users: group.users }) : refuse('no_such_subteam');
};

const teamInfo: Method = (_args, context) =>
  needScope(context, 'team:read') ?? ok({ team: { id: team.id, name: team.name, domain: team.domain } });

const botInfo: Method = (args, context) =>
  needScope(context, 'users:read') ??
  (args['bot'] === botId
    ? ok({
        bot: { id: botId, app_id: appId, user_id: people.bot.id, name: people.bot.realName, deleted: false },
      })
    : refuse('bot_not_found'));

export const peopleMethods: Readonly<Record<string, Method>> = {
  'auth.test': authTest,
  'users.info': userInfo,
  'users.list': userList,
  'usergroups.list': usergroupList,
  'usergroups.users.list': usergroupUsers,
  'team.info': teamInfo,
  'bots.info': botInfo,
};
