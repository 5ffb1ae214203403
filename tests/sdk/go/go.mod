module mockhere/tests/sdk/go

go 1.21

require (
	github.com/cohere-ai/cohere-go/v2 v2.16.1
	github.com/stretchr/testify v1.7.0
	github.com/wiremock/go-wiremock v1.14.0
)

require (
	github.com/aws/aws-sdk-go-v2 v1.30.3 // indirect
	github.com/aws/smithy-go v1.20.3 // indirect
	github.com/davecgh/go-spew v1.1.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)
