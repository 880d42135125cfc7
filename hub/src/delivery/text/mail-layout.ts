/**
 * How a mail is laid out. Tables and inline styles, because mail programs know little else. Text
 * has no colour of its own, so that it is readable on whatever ground the program chooses, light
 * or dark; only chips and buttons bring both of their colours. Pure.
 */
import { createHtmlTemplate, createTextTemplate } from './template.ts';

const RULE = 'border-top:1px solid #8a8f94';
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

export const renderMailHtml = createHtmlTemplate(`<!DOCTYPE html>
<html lang="{{ lang }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{ subject }}</title>
<style>body,table,td,h1,a{${FONT}}</style>
</head>
<body style="margin:0;padding:0">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{{ preview }}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td align="center" style="padding:16px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"
 style="max-width:560px;${FONT};font-size:16px;line-height:1.45;text-align:left">
<tr><td style="padding:0 0 8px">
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>
<td bgcolor="{{ chip.ground }}" style="background:{{ chip.ground }};padding:3px 12px;\
font-size:15px;font-weight:bold;border-radius:4px"><span style="color:{{ chip.ink }}">\
{{ chip.text }}</span></td>
</tr></table>
</td></tr>
<tr><td style="padding:0 0 8px"><h1 style="margin:0;font-size:24px;line-height:1.25;\
overflow-wrap:anywhere;word-break:break-word">{{ title }}</h1></td></tr>
{%- if place != '' %}
<tr><td style="padding:0 0 8px;font-size:18px;overflow-wrap:anywhere">{{ place }}</td></tr>
{%- endif %}
{%- if test %}
<tr><td style="padding:0 0 12px"><strong>{{ test }}</strong></td></tr>
{%- endif %}
<tr><td style="padding:0 0 12px;overflow-wrap:anywhere">{{ lead }}\
{% if next %}<br>{{ next }}{% endif %}</td></tr>
{%- for button in buttons %}
<tr><td style="padding:0 0 10px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td align="center" bgcolor="{{ button.ground }}" style="background:{{ button.ground }};\
border-radius:8px"><a href="{{ button.url }}" style="display:block;padding:15px 12px;\
color:#ffffff;font-size:18px;font-weight:bold;text-decoration:none">\
<span style="color:#ffffff">{{ button.text }}</span></a></td>
</tr></table>
</td></tr>
{%- endfor %}
{%- if hasButtons %}
<tr><td style="padding:0 0 16px;font-size:14px">{{ linksSafe }}</td></tr>
{%- endif %}
{%- for fact in facts %}{% if fact.name == placeName %}{% continue %}{% endif %}
<tr><td style="padding:7px 0;${RULE};overflow-wrap:anywhere;word-break:break-word">\
<span style="font-size:14px">{{ fact.name }}</span><br><strong>{{ fact.value }}</strong></td></tr>
{%- endfor %}
{%- if sourceUrl %}
<tr><td style="padding:10px 0;${RULE}"><a href="{{ sourceUrl }}" style="color:inherit;\
text-decoration:underline">{{ openSource }}</a></td></tr>
{%- endif %}
{%- if hasDetails %}
<tr><td style="padding:12px 0 4px;${RULE}"><strong>{{ detailsName }}</strong></td></tr>
{%- endif %}
{%- for detail in details %}
<tr><td style="padding:2px 0 6px;font-size:14px;overflow-wrap:anywhere;word-break:break-word">\
<b>{{ detail.name }}</b>{% for line in detail.lines %}<br>{{ line }}{% endfor %}</td></tr>
{%- endfor %}
{%- if moreDetails %}
<tr><td style="padding:2px 0 6px;font-size:14px">{{ moreDetails }}</td></tr>
{%- endif %}
<tr><td style="padding:12px 0 0;${RULE};font-size:13px;overflow-wrap:anywhere">\
{{ footer }}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`);

const TEXT_TEMPLATE = createTextTemplate(`{{ subject }}
{% if test %}
{{ test }}
{% endif %}
{{ lead }}
{% if next %}{{ next }}
{% endif %}
{% for button in buttons %}{{ button.text }}{{ colon }}
{{ button.url }}

{% endfor %}{% if hasButtons %}{{ linksSafe }}

{% endif %}{% for fact in facts %}{{ fact.name }}{{ colon }}{{ fact.value }}
{% endfor %}{% if sourceUrl %}{{ openSource }}{{ colon }}
{{ sourceUrl }}
{% endif %}
{% if hasDetails %}{{ detailsName }}
{% for detail in details %}  {{ detail.name }}{{ colon }}\
{% for line in detail.lines %}{% unless forloop.first %}
    {% endunless %}{{ line }}{% endfor %}
{% endfor %}{% if moreDetails %}  {{ moreDetails }}
{% endif %}{% endif %}
{{ footer }}
`);

/** What is not there leaves no hole. */
export function renderMailPlain(values: Parameters<typeof TEXT_TEMPLATE>[0]): string {
  return TEXT_TEMPLATE(values)
    .replace(/[^\S\n]+$/gmu, '')
    .replace(/\n{3,}/g, '\n\n');
}
