/// The formats of keys that their issuers document, one per line: name, severity, flags, pattern, source.
///
/// In a pattern, `{C n}` stands for n characters of a class, `{C n,m}` and `{C n,}` for a run of them; `<` and `>` enclose what
/// is taken out when that is not the whole. Classes: A letters and digits, W the same and `_-`, L letters, D digits,
/// U upper case and digits, H lower-case hex, X hex, a lower case and digits, B base64, T the class W and `.~`. A match does not stand
/// beside a letter or a digit. Flags: `mixed` wants a digit, an upper-case and a lower-case letter in the key.
enum SecretRules {
  static let text = #"""
    github_token|critical||ghp_{A36,255}|https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    github_token|critical||gho_{A36,255}|as above
    github_token|critical||ghu_{A36,255}|as above
    github_token|critical||ghs_{A36,255}|as above
    github_token|critical||ghr_{A36,255}|as above
    github_pat|critical||github_pat_{A22}_{A59}|as above
    gitlab_token|critical||glpat-{W20,}|https://docs.gitlab.com/security/tokens/#token-prefixes
    gitlab_token|critical||gldt-{W20,}|as above
    gitlab_token|critical||glrt-{W20,}|as above
    gitlab_token|critical||glcbt-{W20,}|as above
    gitlab_token|critical||glsoat-{W20,}|as above
    gitlab_token|critical||glft-{W20,}|as above
    gitlab_token|critical||glimt-{W20,}|as above
    gitlab_token|critical||glptt-{H40}|as above
    gitlab_token|critical||glffct-{W20,}|as above
    aws_access_key|critical||AKIA{U16}|https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    aws_sts_key|critical||ASIA{U16}|as above
    aws_bedrock_key|critical||ABSK{B60,}|https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
    slack_token|critical|digit|xoxb-{W20,}|https://api.slack.com/authentication/token-types
    slack_token|critical|digit|xoxp-{W20,}|as above
    slack_token|critical|digit|xoxa-{W20,}|as above
    slack_token|critical|digit|xoxo-{W20,}|as above
    slack_token|critical|digit|xoxr-{W20,}|as above
    slack_token|critical|digit|xoxs-{W20,}|as above
    slack_token|critical|digit|xoxe-{W20,}|as above
    slack_token|critical|digit|xoxe.xoxp-{W20,}|as above
    slack_app_token|critical||xapp-{D1,2}-{U8,14}-{D8,16}-{H64}|as above
    slack_webhook|high||hooks.slack.com/services/{U8,14}/{U8,14}/<{A20,28}>|https://api.slack.com/messaging/webhooks
    openai_api_key|critical||sk-{A20}T3BlbkFJ{A20}|https://platform.openai.com/docs/api-reference/authentication
    openai_project_key|critical||sk-proj-{W40,200}|as above
    openai_api_key|critical||sk-svcacct-{W40,200}|as above
    openai_api_key|critical||sk-admin-{W40,200}|as above
    anthropic_api_key|critical||sk-ant-{a3,8}-{W40,}|https://docs.anthropic.com/en/api/getting-started
    anthropic_api_key|critical|mixed|sk-ant-{W32,}|as above
    openrouter_api_key|critical||sk-or-v1-{H64}|https://openrouter.ai/docs/api-reference/authentication
    openai_api_key|critical|mixed|sk-{A32,64}|as above
    huggingface_token|critical|cased|hf_{A30,40}|https://huggingface.co/docs/hub/security-tokens
    huggingface_token|critical|cased|api_org_{A34}|as above
    google_ai_key|critical||AIza{W35}|https://cloud.google.com/docs/authentication/api-keys
    google_oauth_secret|critical||GOCSPX-{W28}|https://developers.google.com/identity/protocols/oauth2
    google_access_token|critical||ya29.{W60,}|as above
    google_refresh_token|critical||1//0{W40,}|as above
    npm_token|critical|mixed|npm_{A36}|https://docs.npmjs.com/about-access-tokens
    pypi_token|critical||pypi-AgE{W80,}|https://pypi.org/help/#apitoken
    rubygems_token|critical||rubygems_{H48}|https://guides.rubygems.org/api-key-scopes
    cargo_token|critical|mixed|cio{A32}|https://crates.io/policies/security
    docker_token|critical||dckr_pat_{W27}|https://docs.docker.com/security/access-tokens
    docker_token|critical||dckr_oat_{W27,}|as above
    nuget_key|critical||oy2{a43}|https://learn.microsoft.com/nuget/nuget-org/scoped-api-keys
    stripe_secret_key|critical||sk_live_{A24,247}|https://docs.stripe.com/keys
    stripe_secret_key|critical||sk_test_{A24,247}|as above
    stripe_restricted_key|critical||rk_live_{A24,247}|as above
    stripe_restricted_key|critical||rk_test_{A24,247}|as above
    stripe_webhook_secret|critical||whsec_{A32,}|https://docs.stripe.com/webhooks
    sendgrid_key|critical||SG.{W22}.{W43}|https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
    mailgun_key|critical||key-{H32}|https://documentation.mailgun.com
    twilio_key|critical||SK{H32}|https://www.twilio.com/docs/iam/api-keys
    digitalocean_token|critical||dop_v1_{H64}|https://docs.digitalocean.com/reference/api
    digitalocean_token|critical||doo_v1_{H64}|as above
    digitalocean_token|critical||dor_v1_{H64}|as above
    heroku_key|critical||HRKU-{W36,70}|https://devcenter.heroku.com/articles/authentication
    fly_token|critical||fo1_{W40,}|https://fly.io/docs/security/tokens
    fly_token|critical||FlyV1 fm2_{B60,}|as above
    vercel_token|critical||vercel_blob_rw_{W30,}|https://vercel.com/docs/vercel-blob
    azure_storage_key|critical||AccountKey=<{B86}==>|https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage
    azure_client_secret|critical||{A3}8Q~{T31,34}|https://learn.microsoft.com/entra/identity-platform
    databricks_token|critical||dapi{H32}|https://docs.databricks.com/dev-tools/auth
    pulumi_token|critical||pul-{H40}|https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens
    terraform_token|critical||{A14}.atlasv1.{W60,}|https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens
    vault_token|critical||hvs.{W60,}|https://developer.hashicorp.com/vault/docs/concepts/tokens
    vault_token|critical||hvb.{W60,}|as above
    vault_token|critical||hvr.{W60,}|as above
    doppler_token|critical||dp.pt.{A40,44}|https://docs.doppler.com/docs/service-tokens
    doppler_token|critical||dp.st.{T40,}|as above
    doppler_token|critical||dp.sa.{A40,}|as above
    tailscale_key|critical||tskey-{W20,}|https://tailscale.com/kb/1085/auth-keys
    planetscale_token|critical||pscale_tkn_{T32,}|https://planetscale.com/docs/concepts/service-tokens
    planetscale_token|critical||pscale_pw_{T32,}|as above
    planetscale_token|critical||pscale_oauth_{T32,}|as above
    supabase_token|critical||sbp_{H40}|https://supabase.com/docs/guides/api/api-keys
    supabase_token|critical||sb_secret_{W20,}|as above
    shopify_token|critical||shpat_{X32}|https://shopify.dev/docs/apps/auth
    shopify_token|critical||shpca_{X32}|as above
    shopify_token|critical||shppa_{X32}|as above
    shopify_token|critical||shpss_{X32}|as above
    square_token|critical||sq0atp-{W22,}|https://developer.squareup.com/docs/build-basics/access-tokens
    square_token|critical||sq0csp-{W40,}|as above
    linear_key|critical||lin_api_{A40}|https://linear.app/developers/graphql
    notion_token|critical||ntn_{A40,50}|https://developers.notion.com/docs/authorization
    notion_token|critical|mixed|secret_{A43}|as above
    figma_token|critical||figd_{W40,}|https://www.figma.com/developers/api#access-tokens
    airtable_token|critical||pat{A14}.{H64}|https://airtable.com/developers/web/api/authentication
    atlassian_token|critical||ATATT3{T100,}|https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account
    postman_key|critical||PMAK-{H24}-{H34}|https://learning.postman.com/docs/developer/postman-api/authentication
    sentry_token|critical||sntrys_{B100,}|https://docs.sentry.io/account/auth-tokens
    sentry_token|critical||sntrys_{W60,}|as above
    sentry_token|critical||sntryu_{H64}|as above
    grafana_token|critical||glsa_{A32}_{X8}|https://grafana.com/docs/grafana/latest/administration/service-accounts
    grafana_token|critical||glc_{B40,}|as above
    newrelic_key|critical||NRAK-{U27}|https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys
    langsmith_key|critical||lsv2_pt_{H32}_{H10}|https://docs.smith.langchain.com
    langsmith_key|critical||lsv2_sk_{H32}_{H10}|as above
    groq_api_key|critical||gsk_{A40,60}|https://console.groq.com/docs
    xai_api_key|critical|mixed|xai-{A60,100}|https://docs.x.ai
    replicate_token|critical||r8_{A37}|https://replicate.com/docs/reference/http
    perplexity_key|critical||pplx-{A48}|https://docs.perplexity.ai
    cerebras_api_key|critical|mixed|csk-{A40,60}|https://inference-docs.cerebras.ai
    discord_bot_token|critical|mixed|{A24,28}.{W6}.{W27,38}|https://discord.com/developers/docs/reference#authentication
    discord_webhook|high||discord.com/api/webhooks/{D17,20}/<{W40,}>|https://discord.com/developers/docs/resources/webhook
    discord_webhook|high||discordapp.com/api/webhooks/{D17,20}/<{W40,}>|as above
    telegram_bot_token|critical||{D8,10}:A{W34}|https://core.telegram.org/bots/api#authorizing-your-bot
    jwt_token|critical||eyJ{W7,}.{W10,}.{W10,}|https://www.rfc-editor.org/rfc/rfc7519
    age_secret_key|critical||AGE-SECRET-KEY-1{U58}|https://age-encryption.org/v1
    """#
}
