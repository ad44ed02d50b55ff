"""
AWS on this machine for tests of deployments: moto, and in it what moto lacks: the managed Flink service's life cycle,
some resources of CloudFormation, and looking up Bedrock's models.

    python aws_stand_in.py <file for requests>

Prints {"ready": true, "port": ...}; ends with its standard input. Each request that comes is a line of JSON in the file:
service, action, the body of the services that speak JSON, whom S3 was told that the bucket belongs to, and the address
of a template in S3. A jar that contains the word BROKEN is a job that refuses to start, and one with UNREACHABLE,
RESTARTING or SILENT is a job that the service calls RUNNING, and that does not work.
What a test cannot bring about by asking AWS, it asks for at /stand-in: see `tell`; REFUSALS has AWS's own words by name.
"""

import json
import re
import sys
import threading
import uuid
from datetime import datetime, timezone
from io import BytesIO
from urllib.parse import parse_qs

import botocore.session
from botocore.validate import validate_parameters
from moto.bedrock import urls as bedrock_urls
from moto.bedrock.responses import BedrockResponse
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse
from moto.kinesisanalyticsv2.models import Application, kinesisanalyticsv2_backends
from moto.kinesisanalyticsv2.responses import KinesisAnalyticsV2Response
from moto.logs import models as logs_models
from moto.logs.models import logs_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.servicequotas.responses import ServiceQuotasResponse
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

FLINK = botocore.session.get_session().get_service_model("kinesisanalyticsv2")
ACCOUNT = "123456789012"
# As many looks at an application show it on its way.
LOOKS = 2
# The largest template that CloudFormation takes in a request, which moto does not look at.
MAX_TEMPLATE_BYTES = 51_200
# What the job writes when its stream is gone.
REFUSAL = "[STREAM_NOT_FOUND] The Kinesis stream \"chat\" does not exist: check --stream and --region."
# What it writes of each service that does not answer when it starts.
UNANSWERED = (
    "While the pipeline was built: {} does not answer: check the address, the region and the network."
    " The job starts all the same, and waits for it."
)
# AWS's own words, by the names that tests give them.
REFUSALS = {
    "REFUSED": ("InvalidRequestException", "It was refused."),
    "FAILED_SNAPSHOT": (
        "InvalidApplicationConfigurationException",
        "Failed to take snapshot for the application chat-sessions at this moment. The application is currently"
        " experiencing downtime. Please check the application's CloudWatch metrics or CloudWatch logs for any possible"
        " errors and retry the request. You can also retry the request after disabling the snapshots in the Managed"
        " Service for Apache Flink console or by updating the ApplicationSnapshotConfiguration through the AWS SDK",
    ),
    "UNKNOWN_ROLE": (
        "InvalidArgumentException",
        "Please check the role provided or validity of S3 location you provided. We are unable to get the specified"
        " fileKey: 1.jar in the specified bucket: jars",
    ),
    "TOO_LARGE": (
        "ValidationError",
        "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less"
        " than or equal to 51200",
    ),
    "NO_RIGHT": ("AccessDeniedException", "User: arn:aws:iam::123456789012:user/me is not authorized to perform it"),
    "NO_RIGHT_EC2": ("UnauthorizedOperation", "You are not authorized to perform this operation."),
}


def words_of(name):
    return JsonRESTError(*REFUSALS[name])


def now():
    return datetime.now(timezone.utc).timestamp()


class Job(CloudFormationModel):
    """An application: its versions, snapshots and operations, and where it is in its life."""

    # moto takes a class's service out of its module's name.
    __module__ = "moto.stand_in"

    def __init__(self, region, properties):
        self.region = region
        self.name = properties["ApplicationName"]
        self.properties = properties
        self.versions = []
        self.snapshots = []
        self.operations = []
        self.fails_snapshot = False
        self.restarts = False
        self.rolls_back_to = "RUNNING"
        self.status, self.next, self.looks = "READY", None, 0
        self.add_version(properties)

    physical_resource_id = property(lambda self: self.name)

    def add_version(self, properties):
        self.properties = properties
        described = Application(
            account_id=ACCOUNT,
            region_name=self.region,
            application_name=self.name,
            application_description=properties.get("ApplicationDescription"),
            runtime_environment=properties["RuntimeEnvironment"],
            service_execution_role=properties["ServiceExecutionRole"],
            application_configuration=json.loads(json.dumps(properties["ApplicationConfiguration"])),
            cloud_watch_logging_options=None,
            application_mode=properties.get("ApplicationMode"),
        )
        configuration = described.app_config_description
        parallelism = configuration["FlinkApplicationConfigurationDescription"]["ParallelismConfigurationDescription"]
        parallelism["CurrentParallelism"] = parallelism["Parallelism"]
        self.versions.append((described, configuration))

    def detail(self, version):
        described, configuration = self.versions[version - 1]
        return {
            "ApplicationARN": described.application_arn,
            "ApplicationName": self.name,
            "RuntimeEnvironment": described.runtime_environment,
            "ServiceExecutionRole": described.service_execution_role,
            "ApplicationStatus": self.status,
            "ApplicationVersionId": version,
            "ApplicationConfigurationDescription": configuration,
            "ApplicationMode": described.application_mode,
        }

    def jar(self):
        place = self.properties["ApplicationConfiguration"]["ApplicationCodeConfiguration"]["CodeContent"]
        place = place["S3ContentLocation"]
        bucket = place["BucketARN"].split(":")[-1]
        found = s3_backends[ACCOUNT]["aws"].get_object(bucket, place["FileKey"], version_id=place.get("ObjectVersion"))
        if found is None:
            raise JsonRESTError("InvalidApplicationConfigurationException", "There is no such jar.")
        return found.value

    def go(self, operation, by_way_of, to, done=lambda: None):
        self.operations.insert(0, {"id": uuid.uuid4().hex, "name": operation, "status": "IN_PROGRESS", "start": now()})
        self.status, self.next, self.looks = by_way_of, (to, done), LOOKS

    def look(self):
        if self.next is None:
            return
        self.looks -= 1
        if self.looks > 0:
            return
        (self.status, done), self.next = self.next, None
        self.operations[0]["status"] = "SUCCESSFUL"
        done()

    def start(self):
        self.restarts = False
        jar = self.jar()
        if b"BROKEN" in jar:
            self.go("StartApplication", "STARTING", "READY", self.fail)
        elif b"UNREACHABLE" in jar:
            self.go("StartApplication", "STARTING", "RUNNING", self.reach_nothing)
        elif b"RESTARTING" in jar:
            self.go("StartApplication", "STARTING", "RUNNING", self.restart)
        else:
            self.go("StartApplication", "STARTING", "RUNNING")

    def reach_nothing(self):
        for service in ("Kinesis", "OpenSearch"):
            self.log("WARN", UNANSWERED.format(service))

    def restart(self):
        self.restarts = True
        for _ in range(2):
            self.log("INFO", "Job chat-sessions (0a) switched from state RUNNING to RESTARTING.")

    def metrics(self):
        """Newest values of what the service publishes of a job that works."""
        if self.status != "RUNNING" or self.restarts or re.search(b"UNREACHABLE|SILENT", self.jar()):
            return {}
        return {"millisBehindLatest": 0, "fullRestarts": 0, "throttles": 0, "containerMemoryUtilization": 55}

    def fail(self):
        self.fail_operation()
        self.log("ERROR", "The job's main program ended.", f"beamstreaming.PipelineRefusedException: {REFUSAL}\n\tat Main")

    def fail_operation(self):
        self.operations[0]["status"] = "FAILED"

    def log(self, severity, message, thrown=""):
        line = {"applicationVersionId": str(len(self.versions)), "message": message, "messageType": severity}
        if thrown:
            line["throwableInformation"] = thrown
        self.write([{"timestamp": int(now() * 1000), "message": json.dumps(line)}])

    def write(self, events):
        group = f"/aws/kinesis-analytics/{self.name}"
        logs_backends[ACCOUNT][self.region].put_log_events(group, "application", events)

    def snapshot(self):
        self.snapshots.append(
            {
                "SnapshotName": uuid.uuid4().hex,
                "SnapshotStatus": "READY",
                "ApplicationVersionId": len(self.versions),
                "SnapshotCreationTimestamp": now(),
            }
        )

    @staticmethod
    def cloudformation_name_type():
        return "ApplicationName"

    @staticmethod
    def cloudformation_type():
        return "AWS::KinesisAnalyticsV2::Application"

    @classmethod
    def has_cfn_attr(cls, attr):
        return False

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        refuse_if_told("CreateApplication")
        job = cls(region_name, {**cloudformation_json["Properties"], "ApplicationName": resource_name})
        jobs_of(region_name)[resource_name] = job
        return job

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        if original_resource.status not in STOPPED:
            raise JsonRESTError("ResourceInUseException", "A stopped application was expected.")
        original_resource.add_version({**cloudformation_json["Properties"], "ApplicationName": new_resource_name})
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        jobs_of(region_name).pop(resource_name, None)


# In these an application can be started and changed.
STOPPED = ("READY", "ROLLED_BACK")


def jobs_of(region):
    backend = kinesisanalyticsv2_backends[ACCOUNT][region]
    if not hasattr(backend, "jobs"):
        backend.jobs = {}
    return backend.jobs


make_bucket = FakeBucket.create_from_cloudformation_json.__func__


def make_bucket_with_versions(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    """moto makes every bucket without."""
    bucket = make_bucket(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    bucket.versioning_status = cloudformation_json["Properties"].get("VersioningConfiguration", {}).get("Status")
    return bucket


FakeBucket.create_from_cloudformation_json = classmethod(make_bucket_with_versions)


def make_known(kind, attributes):
    """Lets CloudFormation make a resource of which nothing but its name and attributes matters."""

    class Known(CloudFormationModel):
        __module__ = "moto.stand_in"

        def __init__(self, name):
            self.name = name

        physical_resource_id = property(lambda self: self.name)

        @staticmethod
        def cloudformation_name_type():
            return ""

        @staticmethod
        def cloudformation_type():
            return kind

        @classmethod
        def has_cfn_attr(cls, attr):
            return attr in attributes

        def get_cfn_attribute(self, attr):
            return attributes[attr]

        @classmethod
        def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
            properties = cloudformation_json["Properties"]
            if kind == "AWS::Logs::LogStream":
                logs_backends[account_id][region_name].create_log_stream(
                    properties["LogGroupName"], properties["LogStreamName"]
                )
                return cls(properties["LogStreamName"])
            return cls(resource_name)

        @classmethod
        def update_from_cloudformation_json(cls, original_resource, *rest, **more):
            return original_resource

        @classmethod
        def delete_from_cloudformation_json(cls, *rest, **more):
            pass

    return Known


# Kept: moto finds resources among the classes that live.
KNOWN = [
    make_known("AWS::OpenSearchService::Domain", {"DomainEndpoint": "search-chat.example.com", "Arn": "arn:domain"}),
    make_known("AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption", {}),
    make_known("AWS::Logs::LogStream", {}),
    make_known("AWS::CloudWatch::Dashboard", {}),
]


def of_flink(operation):
    """A method of moto's service: checks the request against AWS's own description, and answers with what it returns."""

    def decorate(work):
        def handle(self):
            parameters = json.loads(self.body)
            validate_parameters(parameters, FLINK.operation_model(operation).input_shape)
            job = jobs_of(self.region).get(parameters["ApplicationName"])
            if job is None:
                raise JsonRESTError("ResourceNotFoundException", "There is no such application.")
            return json.dumps(work(job, parameters) or {})

        setattr(KinesisAnalyticsV2Response, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower(), handle)
        return work

    return decorate


@of_flink("DescribeApplication")
def describe(job, _):
    job.look()
    return {"ApplicationDetail": job.detail(len(job.versions))}


@of_flink("DescribeApplicationVersion")
def describe_version(job, parameters):
    return {"ApplicationVersionDetail": job.detail(parameters["ApplicationVersionId"])}


@of_flink("StartApplication")
def start(job, parameters):
    if job.status not in STOPPED:
        raise JsonRESTError("ResourceInUseException", f"The application is {job.status}.")
    restore = parameters["RunConfiguration"]["ApplicationRestoreConfiguration"]
    name = restore.get("SnapshotName")
    if name is not None and name not in [each["SnapshotName"] for each in job.snapshots]:
        raise JsonRESTError("InvalidArgumentException", "There is no such snapshot.")
    job.start()


@of_flink("StopApplication")
def stop(job, parameters):
    if job.status not in ("RUNNING", "STARTING", "UPDATING", "STOPPING", "AUTOSCALING"):
        raise JsonRESTError("ResourceInUseException", f"The application is {job.status}.")
    if parameters.get("Force"):
        job.go("StopApplication", "FORCE_STOPPING", "READY")
    elif job.restarts:
        raise words_of("FAILED_SNAPSHOT")
    elif job.fails_snapshot:
        job.go("StopApplication", "STOPPING", "RUNNING", job.fail_operation)
    else:
        job.go("StopApplication", "STOPPING", "READY", job.snapshot)


@of_flink("RollbackApplication")
def roll_back(job, parameters):
    if parameters["CurrentApplicationVersionId"] != len(job.versions):
        raise JsonRESTError("ConcurrentModificationException", "That is not the current version.")
    if job.status not in ("UPDATING", "AUTOSCALING"):
        raise JsonRESTError("InvalidRequestException", f"The application is {job.status}.")
    job.go("RollbackApplication", "ROLLING_BACK", job.rolls_back_to)


make_stack = CloudFormationBackend.create_stack
make_resources = Stack.create_resources


def create_resources(self):
    """Makes the resources; takes all back when the service refuses the application, which moto never does."""
    try:
        make_resources(self)
    except JsonRESTError as error:
        self.resource_map.delete()
        self._add_stack_event("CREATE_FAILED", resource_status_reason=error.message)
        self.events[-1].logical_resource_id = "Application"
        # Whoever asks for its outputs would make its resources again.
        self.output_map = {}
        self.status = "DELETE_COMPLETE"


def create_stack(self, *arguments, **named):
    stack = make_stack(self, *arguments, **named)
    if stack.status == "DELETE_COMPLETE":
        self.deleted_stacks[stack.stack_id] = self.stacks.pop(stack.stack_id)
    return stack


Stack.create_resources = create_resources
CloudFormationBackend.create_stack = create_stack

# Actions of the job's role that somebody has taken away, and who: "policy", "boundary" or "organization".
DENIED = {}
SIMULATED = """<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>{}</EvaluationResults>
</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"""


def simulate_principal_policy(self):
    """All is allowed to a role that exists, but what a test took away."""
    name = self._get_param("PolicySourceArn").split("/")[-1]
    self.backend.get_role(name)
    results = ""
    for action in self._get_param("ActionNames", []):
        by = DENIED.get(action)
        decision = "allowed" if by is None else "implicitDeny"
        results += f"<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>"
        results += "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>"
        results += f"{json.dumps(by != 'boundary')}</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
        results += "<OrganizationsDecisionDetail><AllowedByOrganizations>"
        results += f"{json.dumps(by != 'organization')}</AllowedByOrganizations></OrganizationsDecisionDetail></member>"
    return SIMULATED.format(results)


IamResponse.simulate_principal_policy = simulate_principal_policy

QUOTAS = {
    "bedrock": {
        "Global cross-region model inference tokens per minute for Anthropic Claude Haiku 4.5": 4_000_000,
        "Cross-region model inference tokens per minute for Anthropic Claude Haiku 4.5": 1_000_000,
        "Model invocation max tokens per day for Anthropic Claude Haiku 4.5": 0,
        "On-demand model inference tokens per minute for Anthropic Claude 3 Haiku": 2_000_000,
        "On-demand model inference requests per minute for Amazon Titan Text Embeddings": 2_000,
        "On-demand model inference requests per minute for Amazon Titan Text Embeddings V2": 6_000,
    },
    "kinesisanalytics": {"Number of KPUs": 64},
}


def list_service_quotas(self):
    quotas = QUOTAS[self._get_param("ServiceCode")]
    return json.dumps({"Quotas": [{"QuotaName": name, "Value": value} for name, value in quotas.items()]})


ServiceQuotasResponse.list_service_quotas = list_service_quotas


def get_metric_statistics(self):
    """The newest value of a metric that the service publishes of a job."""
    application = next(each["Value"] for each in self._get_param("Dimensions") if each["Name"] == "Application")
    value = jobs_of(self.region)[application].metrics().get(self._get_param("MetricName"))
    # An older one stands before it: AWS promises no order.
    found = [] if value is None else [{"Timestamp": now() - 60, "Maximum": -1}, {"Timestamp": now(), "Maximum": value}]
    return ActionResult({"Label": "", "Datapoints": found})


CloudWatchResponse.get_metric_statistics = get_metric_statistics


# Of snapshots: few, so that tests meet a second page.
PAGE = 2


@of_flink("ListApplicationSnapshots")
def list_snapshots(job, parameters):
    first = int(parameters.get("NextToken", 0))
    rest = {"NextToken": str(first + PAGE)} if first + PAGE < len(job.snapshots) else {}
    return {"SnapshotSummaries": job.snapshots[first : first + PAGE], **rest}


@of_flink("DeleteApplicationSnapshot")
def delete_snapshot(job, parameters):
    # AWS wants the time of the snapshot beside its name.
    name, created = parameters["SnapshotName"], parameters["SnapshotCreationTimestamp"]
    found = [each for each in job.snapshots if each["SnapshotName"] == name]
    if not found or abs(found[0]["SnapshotCreationTimestamp"] - created) > 0.002:
        raise JsonRESTError("ResourceNotFoundException", "There is no such snapshot.")
    job.snapshots.remove(found[0])


@of_flink("ListApplicationOperations")
def list_operations(job, parameters):
    # AWS promises no order: the oldest first is the worst of them.
    listed = sorted(job.operations, key=lambda each: each["start"])[: parameters.get("Limit", 50)]
    return {
        "ApplicationOperationInfoList": [
            {
                "OperationId": each["id"],
                "Operation": each["name"],
                "OperationStatus": each["status"],
                "StartTime": each["start"],
                **({} if each["status"] == "IN_PROGRESS" else {"EndTime": each["start"] + 83}),
            }
            for each in listed
        ]
    }


@of_flink("DescribeApplicationOperation")
def describe_operation(job, parameters):
    found = next(each for each in job.operations if each["id"] == parameters["OperationId"])
    moment = now()
    return {
        "ApplicationOperationInfoDetails": {
            "Operation": found["name"],
            "OperationStatus": found["status"],
            "StartTime": moment,
            "EndTime": moment,
            "OperationFailureDetails": {"ErrorInfo": {"ErrorString": "The job did not start."}},
        }
    }


MODELS = {
    "amazon.titan-embed-text-v1": {"status": "ACTIVE", "entitled": "AVAILABLE"},
    "anthropic.claude-3-haiku-20240307-v1:0": {"status": "LEGACY", "entitled": "AVAILABLE"},
    "amazon.titan-embed-text-v2:0": {"status": "ACTIVE", "entitled": "NOT_AVAILABLE"},
    "anthropic.claude-haiku-4-5-20251001-v1:0": {"status": "ACTIVE", "entitled": "AVAILABLE"},
    "anthropic.claude-haiku-unused-v1:0": {"status": "ACTIVE", "entitled": "AVAILABLE", "agreement": "NOT_AVAILABLE"},
    "anthropic.claude-haiku-new-v1:0": {"status": "ACTIVE", "entitled": "AVAILABLE", "agreement": "PENDING"},
}


def model_of(response):
    name = response._get_param("modelIdentifier") or response._get_param("modelId")
    if name not in MODELS:
        raise JsonRESTError("ResourceNotFoundException", "There is no such model.")
    return name, MODELS[name]


def get_foundation_model(self):
    name, model = model_of(self)
    return json.dumps(
        {
            "modelDetails": {
                "modelArn": f"arn:aws:bedrock:{self.region}::foundation-model/{name}",
                "modelId": name,
                "modelLifecycle": {"status": model["status"]},
            }
        }
    )


def get_foundation_model_availability(self):
    name, model = model_of(self)
    return json.dumps(
        {
            "modelId": name,
            "agreementAvailability": {"status": model.get("agreement", "AVAILABLE")},
            "authorizationStatus": "AUTHORIZED",
            "entitlementAvailability": model["entitled"],
            "regionAvailability": "AVAILABLE",
        }
    )


# The regions that a profile may take a call to; a global one names none.
DESTINATIONS = {
    "global": [""],
    "us": ["us-east-1", "us-east-2", "us-west-2"],
    "eu": ["eu-central-1", "eu-north-1", "eu-west-1"],
}


def get_inference_profile(self):
    profile = self._get_param("inferenceProfileIdentifier")
    geography, _, model = profile.partition(".")
    if geography not in DESTINATIONS or not model.startswith("anthropic.claude-haiku"):
        raise JsonRESTError("ResourceNotFoundException", "There is no such profile.")
    arns = [f"arn:aws:bedrock:{region}::foundation-model/{model}" for region in DESTINATIONS[geography]]
    if geography == "global":
        arns.append(f"arn:aws:bedrock:{self.region}::foundation-model/{model}")
    return json.dumps(
        {
            "inferenceProfileName": geography,
            "inferenceProfileArn": f"arn:aws:bedrock:{self.region}:{ACCOUNT}:inference-profile/{profile}",
            "inferenceProfileId": profile,
            "models": [{"modelArn": arn} for arn in arns],
            "status": "ACTIVE",
            "type": "SYSTEM_DEFINED",
        }
    )


for method in (get_foundation_model, get_foundation_model_availability, get_inference_profile):
    setattr(BedrockResponse, method.__name__, method)
for path in ("foundation-models", "foundation-model-availability", "inference-profiles"):
    bedrock_urls.url_paths["{0}/" + path + "/(?P<name>[^/]+)$"] = BedrockResponse.dispatch


class Terms:
    """Stands in for moto's filter of log lines, which does not know patterns of several quoted terms."""

    def __init__(self, pattern):
        self.terms = re.findall(r'\?"([^"]*)"', pattern or "")
        if pattern and not self.terms:
            raise JsonRESTError("InvalidParameterException", "Such a pattern is not known here.")

    def matches(self, message):
        return not self.terms or any(term in message for term in self.terms)


logs_models.EventMessageFilter = Terms

# Actions of which the next one is refused, with the names of the words.
REFUSED = []


def told_refusal(action):
    """The name of the words for this request, which is refused no more afterwards; None for one that is served."""
    found = next((each for each in REFUSED if each[0] == action), None)
    if found is not None:
        REFUSED.remove(found)
        return found[1]
    return None


def refuse_if_told(action):
    """The same for what CloudFormation asks for."""
    name = told_refusal(action)
    if name is not None:
        raise words_of(name)


def tell(wish):
    """What a test wants: the refusal of the next request for an action, rights of the role, or something of an application."""
    if "refuse" in wish:
        REFUSED.extend([(wish["refuse"], wish.get("words", "REFUSED"))] * wish.get("times", 1))
        return
    if "denied" in wish:
        DENIED.clear()
        DENIED.update(wish["denied"])
        return
    job = jobs_of(wish["region"])[wish["application"]]
    if "status" in wish:
        job.status, job.next, job.looks = wish["status"], None, 0
        if "then" in wish:
            job.next, job.looks = (wish["then"], lambda: None), LOOKS
    if "log" in wish:
        job.write(wish["log"])
    job.fails_snapshot = wish.get("failsSnapshot", job.fails_snapshot)
    job.restarts = wish.get("restarts", job.restarts)
    job.rolls_back_to = wish.get("rollsBackTo", job.rolls_back_to)


def refusal(target, service, name):
    kind, message = REFUSALS[name]
    if service == "s3":
        error = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        return "text/xml", error
    if target:
        return "application/json", json.dumps({"__type": kind, "message": message})
    if service == "ec2":
        errors = f"<Errors><Error><Code>{kind}</Code><Message>{message}</Message></Error></Errors>"
        return "text/xml", f"<Response>{errors}<RequestID>1</RequestID></Response>"
    code = "ValidationError" if name == "REFUSED" else kind
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return "text/xml", f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"


class Recorder:
    """Writes down what is asked for, and hands it on."""

    def __init__(self, application, file):
        self.application, self.file, self.lock = application, open(file, "a"), threading.Lock()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/stand-in":
            tell(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
            start_response("204 No Content", [])
            return []
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        kind = environ.get("CONTENT_TYPE", "")
        request = {"service": scope.group(1) if scope else "", "action": target.split(".")[-1]}
        too_large = False
        if target or "urlencoded" in kind:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            if target:
                request["body"] = json.loads(body)
            else:
                request["action"] = re.search(rb"Action=(\w+)", body).group(1).decode()
                form = parse_qs(body.decode())
                too_large = len(form.get("TemplateBody", [""])[0].encode()) > MAX_TEMPLATE_BYTES
                if "TemplateURL" in form:
                    request["template"] = form["TemplateURL"][0]
        else:
            request["action"] = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
            request["owner"] = environ.get("HTTP_X_AMZ_EXPECTED_BUCKET_OWNER", "")
        # Of a request's scope, which has an older name of the service than rights have.
        request["service"] = {"monitoring": "cloudwatch"}.get(request["service"], request["service"])
        with self.lock:
            self.file.write(json.dumps(request) + "\n")
            self.file.flush()
            refused = "TOO_LARGE" if too_large else told_refusal(request["action"])
        # moto does not look at whom a bucket is expected to belong to.
        is_strange = request.get("owner", "") not in ("", ACCOUNT)
        if refused is not None or is_strange:
            kind, content = refusal(target, request["service"], refused or "REFUSED")
            start_response("403 Forbidden" if is_strange else "400 Bad Request", [("Content-Type", kind)])
            return [content.encode()]
        return self.application(environ, start_response)


def main():
    application = Recorder(DomainDispatcherApplication(create_backend_app), sys.argv[1])
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"ready": True, "port": server.server_port}), flush=True)
    sys.stdin.read()


main()
