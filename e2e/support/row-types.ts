import path from 'node:path';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import { isCallExpression, isTaggedTemplateExpression } from 'typescript/unstable/ast/is';
import { API, SymbolFlags, type Type, TypeFlags } from 'typescript/unstable/sync';
import type { AnsweredColumn } from './answered-columns';

/** A place in the source that asks by raw SQL. */
export type RawQuery = {
  line: number;
  /** Its statement, where that stands there whole. */
  sql: string | undefined;
  /** Whether a type of its rows is written there. */
  isTyped: boolean;
  /** What of these columns the type written there has not, has beside them, or has as another type. */
  misfits: (columns: AnsweredColumn[]) => string[];
};

const ASKS = /(\$(?:query|execute)Raw(?:Unsafe)?|\b(?:pool|client)\s*\.query)$/;

/** The types of rows in the sources of this project, as the compiler knows them. */
export function rowTypes() {
  const api = new API({ cwd: process.cwd() });
  const config = path.resolve('tsconfig.json');
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
  if (!project) throw new Error('the compiler knows no project here');
  const { checker, program } = project;

  /** The raw queries of a source, from top to bottom. */
  function rawQueriesOf(file: string): RawQuery[] {
    const source = program.getSourceFile(path.resolve(file));
    if (!source) throw new Error(`the compiler knows no ${file}`);
    return callsIn(source).map(({ node, asks }) => ({
      sql: statementOf(node),
      isTyped: (rowOf(node).flags & (TypeFlags.Any | TypeFlags.Unknown)) === 0,
      line: source.text.slice(0, node.getStart(source)).split('\n').length,
      misfits: (columns) =>
        misfitsOf(rowOf(node), asks.endsWith('query') ? 'pg' : 'prisma', columns),
    }));
  }

  function statementOf(node: Node): string | undefined {
    const [first] = isCallExpression(node) ? node.arguments : [];
    const type = first && checker.getTypeAtLocation(first);
    return type?.isStringLiteralType() ? type.value : undefined;
  }

  /** `Row` of a `PrismaPromise<Row[]>` or a `Promise<QueryResult<Row>>`. */
  function rowOf(node: Node): Type {
    let type = checker.getTypeAtLocation(node);
    while (type?.isTypeReference()) type = checker.getTypeArguments(type)[0];
    if (!type) throw new Error('a query that answers nothing');
    return type;
  }

  function misfitsOf(row: Type, driver: Driver, columns: AnsweredColumn[]): string[] {
    // Nobody can read these rows, or a number of them is answered.
    if (row.flags & (TypeFlags.Unknown | TypeFlags.NumberLike)) return [];
    const members = membersOf(row);
    const unfilled = [...members].flatMap(([name, { isOptional }]) =>
      isOptional || columns.some((column) => column.name === name) ? [] : `${name} is not answered`,
    );
    return unfilled.concat(
      columns.flatMap(({ name, type, mayBeNull }) => {
        const member = members.get(name);
        if (type === 'void' || name === '?column?') return [];
        if (!member) return `${name} ${type} has no member`;
        const told = member.types.map((one) => checker.typeToString(one)).join(' | ');
        const values = member.types.filter(({ flags }) => !(flags & TypeFlags.Nullable));
        if (values.length === 0 || !values.every((one) => fits(one, type, driver))) {
          return `${name} ${type}, by ${driver}, is no ${told}`;
        }
        return mayBeNull && !member.takesNull ? `${name} may be null, ${told} may not` : [];
      }),
    );
  }

  /** Where a row is one of several types, a member is what it is in any of them, and null in those without it. */
  function membersOf(row: Type) {
    const variants = partsOf(row).map((part) => checker.getPropertiesOfType(part));
    const names = new Set(variants.flat().map(({ name }) => name));
    return new Map(
      [...names].map((name) => {
        const symbols = variants.flat().filter((symbol) => symbol.name === name);
        const types = checker
          .getTypeOfSymbol(symbols)
          .flatMap((type) => (type ? partsOf(type) : []));
        const takesNull =
          symbols.length < variants.length ||
          types.some(({ flags }) => flags & (TypeFlags.Null | TypeFlags.Unknown));
        const isOptional = symbols.some(({ flags }) => flags & SymbolFlags.Optional);
        return [name, { types, takesNull, isOptional }];
      }),
    );
  }

  /** Whether the driver makes a value of this type of a column's. */
  function fits(type: Type, column: string, driver: Driver): boolean {
    if (column.endsWith('[]')) {
      const [element] = type.isTypeReference() ? checker.getTypeArguments(type) : [];
      return checker.isArrayType(type) && !!element && fits(element, column.slice(0, -2), driver);
    }
    return FITTING[column]?.(type, driver) ?? false;
  }

  return { rawQueriesOf, close: () => api.close() };
}

type Driver = 'pg' | 'prisma';

const isOf = (kind: TypeFlags) => (type: Type) => (type.flags & kind) !== 0;
const isA = (name: string) => (type: Type) => type.getSymbol()?.name === name;

const isOfJson = (type: Type) =>
  isOf(TypeFlags.Unknown | TypeFlags.Object | TypeFlags.Intersection)(type) &&
  !isA('Date')(type) &&
  !isA('Uint8Array')(type);

const FITTING: Record<string, (type: Type, driver: Driver) => boolean> = {
  text: isOf(TypeFlags.StringLike),
  name: isOf(TypeFlags.StringLike),
  'character varying': isOf(TypeFlags.StringLike),
  integer: isOf(TypeFlags.NumberLike),
  'double precision': isOf(TypeFlags.NumberLike),
  bigint: ({ flags }, driver) =>
    (flags & (driver === 'pg' ? TypeFlags.String : TypeFlags.BigInt)) !== 0,
  boolean: isOf(TypeFlags.BooleanLike),
  'timestamp with time zone': isA('Date'),
  bytea: isA('Uint8Array'),
  json: isOfJson,
  jsonb: isOfJson,
};

const partsOf = (type: Type): readonly Type[] => (type.isUnionType() && type.getTypes()) || [type];

function callsIn(source: SourceFile) {
  const found: { node: Node; asks: string }[] = [];
  const visit = (node: Node): void => {
    const asked = isCallExpression(node)
      ? node.expression
      : isTaggedTemplateExpression(node) && node.tag;
    const asks = asked ? asked.getText(source) : '';
    if (ASKS.test(asks)) found.push({ node, asks });
    node.forEachChild(visit);
  };
  source.forEachChild(visit);
  return found;
}
