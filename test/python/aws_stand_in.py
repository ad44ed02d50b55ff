"""
AWS on this machine for tests of deployments: moto, and in it what moto lacks: the managed Flink service's life cycle,
some resources of CloudFormation, and looking up Bedrock's models.

    python aws_stand_in.py <file for requests>

Prints {"ready": true, "port": ...}; ends with its standard input. Each request that comes is a line of JSON in the file:
service, action, the body of the services that speak JSON, and whom S3 was told that the bucket belongs to. A jar that contains the word BROKEN is a job that refuses
to start. What a test cannot bring about by asking AWS, it asks for at /stand-in: see `tell`.
"""

import json
import re
import sys
import threading
import uuid
from datetime import datetime, timezone
from io import BytesIO

import botocore.session
from botocore.validate import validate_parameters
from moto.bedrock import urls as bedrock_urls
from moto.bedrock.responses import BedrockResponse
from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import JsonRESTError
from moto.kinesisanalyticsv2.models import Application, kinesisanalyticsv2_backends
from moto.kinesisanalyticsv2.responses import KinesisAnalyticsV2Response
from moto.logs import models as logs_models
from moto.logs.models import logs_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

FLINK = botocore.session.get_session().get_service_model("kinesisanalyticsv2")
ACCOUNT = "123456789012"
# As many looks at an application show it on its way.
LOOKS = 2
# What the job writes when its stream is gone.
REFUSAL = "[STREAM_NOT_FOUND] The Kinesis stream \"chat\" does not exist: check --stream and --region."


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
        if b"BROKEN" in self.jar():
            self.go("StartApplication", "STARTING", "READY", self.fail)
        else:
            self.go("StartApplication", "STARTING", "RUNNING")

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
        job = cls(region_name, {**cloudformation_json["Properties"], "ApplicationName": resource_name})
        jobs_of(region_name)[resource_name] = job
        return job

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        if original_resource.status != "READY":
            raise JsonRESTError("ResourceInUseException", "A stopped application was expected.")
        original_resource.add_version({**cloudformation_json["Properties"], "ApplicationName": new_resource_name})
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        jobs_of(region_name).pop(resource_name, None)


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
    if job.status != "READY":
        raise JsonRESTError("ResourceInUseException", f"The application is {job.status}.")
    restore = parameters["RunConfiguration"]["ApplicationRestoreConfiguration"]
    name = restore.get("SnapshotName")
    if name is not None and name not in [each["SnapshotName"] for each in job.snapshots]:
        raise JsonRESTError("InvalidArgumentException", "There is no such snapshot.")
    job.start()


@of_flink("StopApplication")
def stop(job, parameters):
    if job.status not in ("RUNNING", "STARTING"):
        raise JsonRESTError("ResourceInUseException", f"The application is {job.status}.")
    if parameters.get("Force"):
        job.go("StopApplication", "FORCE_STOPPING", "READY")
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
    job.go("RollbackApplication", "ROLLING_BACK", "RUNNING")


# Of snapshots: few, so that tests meet a second page.
PAGE = 2


@of_flink("ListApplicationSnapshots")
def list_snapshots(job, parameters):
    first = int(parameters.get("NextToken", 0))
    rest = {"NextToken": str(first + PAGE)} if first + PAGE < len(job.snapshots) else {}
    return {"SnapshotSummaries": job.snapshots[first : first + PAGE], **rest}


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


def get_inference_profile(self):
    profile = self._get_param("inferenceProfileIdentifier")
    if not profile.startswith("global.anthropic.claude-haiku"):
        raise JsonRESTError("ResourceNotFoundException", "There is no such profile.")
    model = profile.removeprefix("global.")
    arns = [f"arn:aws:bedrock:::foundation-model/{model}", f"arn:aws:bedrock:{self.region}::foundation-model/{model}"]
    return json.dumps(
        {
            "inferenceProfileName": "Global",
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

# Actions of which the next one is refused.
REFUSED = []


def tell(wish):
    """What a test wants: the refusal of the next request for an action, or something of an application."""
    if "refuse" in wish:
        REFUSED.append(wish["refuse"])
        return
    job = jobs_of(wish["region"])[wish["application"]]
    if "status" in wish:
        job.status, job.next, job.looks = wish["status"], None, 0
        if "then" in wish:
            job.next, job.looks = (wish["then"], lambda: None), LOOKS
    if "log" in wish:
        job.write(wish["log"])
    job.fails_snapshot = wish.get("failsSnapshot", job.fails_snapshot)


def refusal(target, service):
    if service == "s3":
        error = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        return "text/xml", error
    if target:
        return "application/json", json.dumps({"__type": "InvalidRequestException", "message": "It was refused."})
    error = "<Error><Type>Sender</Type><Code>ValidationError</Code><Message>It was refused.</Message></Error>"
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
        if target or "urlencoded" in kind:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            if target:
                request["body"] = json.loads(body)
            else:
                request["action"] = re.search(rb"Action=(\w+)", body).group(1).decode()
        else:
            request["action"] = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
            request["owner"] = environ.get("HTTP_X_AMZ_EXPECTED_BUCKET_OWNER", "")
        with self.lock:
            self.file.write(json.dumps(request) + "\n")
            self.file.flush()
            is_refused = request["action"] in REFUSED
            if is_refused:
                REFUSED.remove(request["action"])
        # moto does not look at whom a bucket is expected to belong to.
        is_strange = request.get("owner", "") not in ("", ACCOUNT)
        if is_refused or is_strange:
            kind, content = refusal(target, request["service"])
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
