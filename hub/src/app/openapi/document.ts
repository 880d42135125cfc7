/** The parts of an OpenAPI 3.1 document that we write. Extensions begin with `x-`. */
import type { JsonShape } from '#contract/api/shape.ts';

export type MediaTypes = Readonly<
  Record<string, { readonly schema?: JsonShape; readonly example?: unknown }>
>;

export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonShape;
  /** `status=open&status=SEEN`; a list separated by commas is read too. */
  readonly explode?: boolean;
};

export type DocumentAnswer = { readonly description: string; readonly content?: MediaTypes };

export type DocumentOperation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: MediaTypes };
  readonly responses: Readonly<Record<string, DocumentAnswer>>;
  /** Everybody, or the roles of keys that may. */
  readonly 'x-roles': readonly string[];
};

export type OpenApiDocument = {
  readonly openapi: '3.1.0';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: JsonShape;
  };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<
      Record<
        string,
        { readonly type: string; readonly scheme: string; readonly description: string }
      >
    >;
    readonly schemas: Readonly<Record<string, JsonShape>>;
  };
};
