/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_schema FOLDER [--lines]: validates a document of standard input against FOLDER/NAME.json,
 * NAME being that of its "schema": "llmplan.NAME/1"; with --lines, one document a line.
 *
 * Of JSON Schema 2020-12 it knows what the schemas use, and refuses schemas that use more: type,
 * const, enum, properties, required, additionalProperties, items, minItems, minimum, maximum,
 * exclusiveMinimum, pattern, anyOf, $ref to #/$defs, and notes ($schema, $id, title, description).
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 256, INPUT_MAX = 64 << 20 };

typedef struct validation {
    const cJSON *root; /* of the schema */
    char why[512];     /* the failure */
    size_t depth;      /* how far in it is, of its path */
} validation;

static bool valid(validation *v, const cJSON *schema, const cJSON *value, const char *path);

static bool no(validation *v, const char *path, const char *what, const char *detail)
{
    v->depth = strlen(path);
    snprintf(v->why, sizeof v->why, "%s: %s %.300s", *path ? path : "document", what, detail);
    return false;
}

static const char *type_of(const cJSON *value)
{
    return cJSON_IsString(value)   ? "string"
           : cJSON_IsNumber(value) ? "number"
           : cJSON_IsBool(value)   ? "boolean"
           : cJSON_IsNull(value)   ? "null"
           : cJSON_IsArray(value)  ? "array"
                                   : "object";
}

static bool is_type(const cJSON *value, const char *type)
{
    if (strcmp(type, "integer") == 0)
        return cJSON_IsNumber(value) && floor(value->valuedouble) == value->valuedouble;
    return strcmp(type_of(value), type) == 0;
}

static bool check_type(validation *v, const cJSON *type, const cJSON *value, const char *path)
{
    const cJSON *one;
    if (cJSON_IsString(type))
        return is_type(value, type->valuestring) || no(v, path, "is no", type->valuestring);
    cJSON_ArrayForEach(one, type) if (is_type(value, one->valuestring)) return true;
    return no(v, path, "has a type that is not allowed:", type_of(value));
}

static bool check_enum(validation *v, const cJSON *choices, const cJSON *value, const char *path)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, choices) if (cJSON_Compare(one, value, true)) return true;
    return no(v, path, "is none of the choices:",
              cJSON_IsString(value) ? value->valuestring : type_of(value));
}

/* Of several reasons the one that lies deepest: that alternative was meant. */
static bool check_any(validation *v, const cJSON *choices, const cJSON *value, const char *path)
{
    validation deepest = *v;
    const cJSON *one;
    deepest.depth = 0;
    cJSON_ArrayForEach(one, choices)
    {
        if (valid(v, one, value, path))
            return true;
        deepest = v->depth >= deepest.depth ? *v : deepest;
    }
    *v = deepest;
    return false;
}

static bool check_reference(validation *v, const char *name, const cJSON *value, const char *path)
{
    static const char prefix[] = "#/$defs/";
    const cJSON *defs = cJSON_GetObjectItemCaseSensitive(v->root, "$defs");
    const cJSON *schema = strncmp(name, prefix, sizeof prefix - 1) == 0
                              ? cJSON_GetObjectItemCaseSensitive(defs, name + sizeof prefix - 1)
                              : NULL;
    return schema ? valid(v, schema, value, path)
                  : no(v, path, "the schema has no definition", name);
}

static bool check_required(validation *v, const cJSON *names, const cJSON *value, const char *path)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, names) if (cJSON_IsObject(value) &&
                                        !cJSON_HasObjectItem(
                                            value, name->valuestring)) return no(v, path, "lacks",
                                                                                 name->valuestring);
    return true;
}

static bool check_members(validation *v, const cJSON *schema, const cJSON *value, const char *path)
{
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    const cJSON *others = cJSON_GetObjectItemCaseSensitive(schema, "additionalProperties");
    const cJSON *member;
    if (!cJSON_IsObject(value))
        return true;
    cJSON_ArrayForEach(member, value)
    {
        char below[PATH_SIZE];
        const cJSON *one = cJSON_GetObjectItemCaseSensitive(properties, member->string);
        snprintf(below, sizeof below, "%.180s%s%.60s", path, *path ? "." : "", member->string);
        if (!one && cJSON_IsFalse(others))
            return no(v, below, "is not in the schema", "");
        if (!one && others && !cJSON_IsBool(others))
            one = others;
        if (one && !valid(v, one, member, below))
            return false;
    }
    return true;
}

static bool check_items(validation *v, const cJSON *schema, const cJSON *value, const char *path)
{
    const cJSON *one;
    int i = 0;
    if (!cJSON_IsArray(value))
        return true;
    cJSON_ArrayForEach(one, value)
    {
        char below[PATH_SIZE];
        snprintf(below, sizeof below, "%.230s[%d]", path, i++);
        if (!valid(v, schema, one, below))
            return false;
    }
    return true;
}

static bool check_pattern(validation *v, const char *pattern, const cJSON *value, const char *path)
{
    regex_t compiled;
    if (!cJSON_IsString(value))
        return true;
    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return no(v, path, "the schema has a bad pattern", pattern);
    bool matches = regexec(&compiled, value->valuestring, 0, NULL, 0) == 0;
    regfree(&compiled);
    return matches || no(v, path, "does not match", pattern);
}

static bool check_keyword(validation *v, const cJSON *schema, const cJSON *keyword,
                          const cJSON *value, const char *path)
{
    static const char *const notes[] = {"$schema", "$id",         "$defs",      "$comment",
                                        "title",   "description", "properties", NULL};
    const char *name = keyword->string;
    double limit = keyword->valuedouble, number = value->valuedouble;
    for (size_t i = 0; notes[i]; i++)
        if (strcmp(name, notes[i]) == 0)
            return true;
    if (strcmp(name, "type") == 0)
        return check_type(v, keyword, value, path);
    if (strcmp(name, "enum") == 0)
        return check_enum(v, keyword, value, path);
    if (strcmp(name, "const") == 0)
        return cJSON_Compare(keyword, value, true) || no(v, path, "is another constant", "");
    if (strcmp(name, "required") == 0)
        return check_required(v, keyword, value, path);
    if (strcmp(name, "additionalProperties") == 0)
        return check_members(v, schema, value, path);
    if (strcmp(name, "items") == 0)
        return check_items(v, keyword, value, path);
    if (strcmp(name, "minItems") == 0)
        return !cJSON_IsArray(value) || cJSON_GetArraySize(value) >= keyword->valueint ||
               no(v, path, "has too few items", "");
    if (strcmp(name, "minimum") == 0)
        return !cJSON_IsNumber(value) || number >= limit || no(v, path, "is too small", "");
    if (strcmp(name, "exclusiveMinimum") == 0)
        return !cJSON_IsNumber(value) || number > limit || no(v, path, "is too small", "");
    if (strcmp(name, "maximum") == 0)
        return !cJSON_IsNumber(value) || number <= limit || no(v, path, "is too large", "");
    if (strcmp(name, "pattern") == 0)
        return check_pattern(v, keyword->valuestring, value, path);
    if (strcmp(name, "anyOf") == 0)
        return check_any(v, keyword, value, path);
    if (strcmp(name, "$ref") == 0)
        return check_reference(v, keyword->valuestring, value, path);
    return no(v, path, "the schema uses a keyword that this program does not know:", name);
}

static bool valid(validation *v, const cJSON *schema, const cJSON *value, const char *path)
{
    const cJSON *keyword;
    if (cJSON_IsTrue(schema))
        return true;
    /* members are looked at under additionalProperties, which every object must therefore state */
    if (cJSON_GetObjectItemCaseSensitive(schema, "properties") &&
        !cJSON_GetObjectItemCaseSensitive(schema, "additionalProperties"))
        return no(v, path, "the schema does not say what else may be there", "");
    cJSON_ArrayForEach(keyword, schema)
    {
        if (!check_keyword(v, schema, keyword, value, path))
            return false;
    }
    return true;
}

/* --- documents and schemas -------------------------------------------------------------------- */

static char *read_all(FILE *file)
{
    size_t size = 0, room = 1 << 16;
    char *text = malloc(room + 1);
    while (text) {
        size += fread(text + size, 1, room - size, file);
        if (size < room || room > INPUT_MAX)
            break;
        char *grown = realloc(text, 2 * room + 1);
        if (!grown)
            free(text);
        text = grown;
        room *= 2;
    }
    if (text)
        text[size] = '\0';
    return text;
}

static cJSON *schema_of(const char *folder, const cJSON *document)
{
    char path[1024], name[64];
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(document, "schema");
    if (!cJSON_IsString(id) || sscanf(id->valuestring, "llmplan.%60[a-z_]", name) != 1) {
        printf("the document does not name its schema\n");
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    FILE *file = fopen(path, "r");
    char *text = file ? read_all(file) : NULL;
    cJSON *schema = text ? cJSON_Parse(text) : NULL;
    if (!schema)
        printf("%s: %s\n", path, file ? "is not JSON" : "there is no such schema");
    if (file)
        fclose(file);
    free(text);
    return schema;
}

static bool check_document(const char *folder, const char *text)
{
    cJSON *document = cJSON_ParseWithOpts(text, NULL, true);
    if (!document)
        printf("not a JSON document: %.60s\n", text);
    cJSON *schema = document ? schema_of(folder, document) : NULL;
    validation v = {schema, "", 0};
    bool good = schema && valid(&v, schema, document, "");
    if (schema && !good)
        printf("%s\n", v.why);
    cJSON_Delete(schema);
    cJSON_Delete(document);
    return good;
}

int main(int argc, char **argv)
{
    bool lines = argc == 3 && strcmp(argv[2], "--lines") == 0;
    if (argc < 2 || (argc > 2 && !lines)) {
        fprintf(stderr, "usage: json_schema FOLDER [--lines] < document\n");
        return 2;
    }
    char *text = read_all(stdin);
    bool good = text && *text;
    for (char *at = text; good && *at;) {
        char *end = lines ? strchr(at, '\n') : NULL;
        if (end)
            *end = '\0';
        good = check_document(argv[1], at);
        at = end ? end + 1 : at + strlen(at);
    }
    if (text && !*text)
        printf("there is no document\n");
    free(text);
    return good ? 0 : 1;
}
